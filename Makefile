# Every task a person runs. `make help` lists them.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What `make demo` runs: tiny (minutes, made from nothing) or smollm2 (a real language model of 135M parameters).
SAMPLE ?= tiny
# Where it runs: local (dev/cluster, nothing to prepare) or current (the cluster that KUBECONFIG names).
CLUSTER ?= local
# How many faults `make chaos` injects, and what decides which, when and where.
FAULTS ?= 200
SEED ?= 1

.PHONY: help
help: ## Lists the targets
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo 'Variables'
	@echo '  SAMPLE         tiny (default) or smollm2                                        make demo SAMPLE=smollm2'
	@echo '  CLUSTER        local (default) or current, the cluster that KUBECONFIG names    make demo CLUSTER=current'
	@echo '  FAULTS, SEED   200 and 1; the same seed, the same faults                        make chaos FAULTS=50 SEED=7'
	@echo '  JAVA_HOME      a JDK 25; searched for when unset'
	@echo '  PAFT_CACHE_DIR what is built once per machine, by default ~/.cache/paft'

##@ Use
.PHONY: demo
demo: ## Cluster, images, operator and a pipeline from nothing; shows the result. Safe to repeat
	@dev/demo/demo $(SAMPLE) $(CLUSTER)

.PHONY: cluster-up
cluster-up: ## Starts the local cluster
	@dev/cluster/cluster up

.PHONY: cluster-down
cluster-down: ## Stops the local cluster and deletes what ran on it
	@dev/cluster/cluster down

##@ Develop
.PHONY: build
build: ## Builds all jars
	@dev/lib/build

.PHONY: images
images: build ## Builds the images trainer, merge and operator
	@dev/images/images build

.PHONY: check
check: ## Format, static analysis, unit and golden tests: about a minute
	@dev/lib/check

.PHONY: test
test: ## Everything, fast to slow: check, API server, worker, end to end. Starts and stops what it needs
	@dev/lib/test

.PHONY: chaos
chaos: images ## Breaks the local cluster while pipelines run: FAULTS faults of SEED, about 6 a minute; see docs/chaos.md
	@dev/lib/chaos --faults $(FAULTS) --seed $(SEED)

.PHONY: generate
generate: ## Formats the sources; writes the CRD, docs/api.md and docs/configuration.md
	@dev/lib/generate

.PHONY: clean
clean: ## Deletes what builds wrote into this folder; what is cached for the machine stays
	@rm -rf target crds/target worker-image/merge/target operator/target dev/demo/.out
	@find worker-image dev -name __pycache__ -type d -prune -exec rm -rf {} +
