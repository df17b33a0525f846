# shellcheck shell=bash disable=SC2154
# Everything that must be there before the operator: programs, images, the cluster.

get_ready() {
    if [[ $cluster == current ]]; then
        need python
        need_current_cluster
        say "Using the cluster of $(kubectl config current-context 2>/dev/null || echo KUBECONFIG) and the images" \
            "${PAFT_IMAGE_PREFIX:-localhost}/paft-*:${PAFT_IMAGE_TAG:-dev}"
        return
    fi
    need_root "demo SAMPLE=$sample    (or use a cluster of your own: make demo CLUSTER=current)"
    need jdk maven go python
    # What needs the network, what compiles Go and what compiles Java go side by side: they wait for different things.
    step_start "Kubernetes programs (built once per machine)" "$root/dev/cluster/cluster" binaries
    step_start "Image of the trainer" "$root/dev/images/images" build trainer
    if ! jars_are_built; then
        step_start "Jars" build_jars
    fi
    step_wait
    step_start "Local cluster" "$root/dev/cluster/cluster" up
    step_start "Images of merge and operator" "$root/dev/images/images" build merge operator
    step_wait
    step "Loading the images into the cluster" load_images trainer merge operator
    if [[ $sample == smollm2 ]]; then
        step "Image with SmolLM2-135M-Instruct" load_smollm2_image
    fi
}
