"""Where it happens: a namespace with a workspace, the operator, and the pipelines that run."""

import copy
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from suite.api import Api, Object
from suite.clock import install, preload, remove
from suite.machine import Component, kill_pod
from suite.pipeline import Hit, Run, document
from suite.proxy import Proxy
from suite.volume import CLAIM, Output, Volume

OPERATOR_NAMESPACE = "paft-system"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{OPERATOR_NAMESPACE}/deployments"
DEPLOYMENT = f"{DEPLOYMENTS}/paft-operator"
SECOND = "paft-operator-second"
REPLICAS = 2
OPERATOR_PODS = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/pods"
COMPONENTS = ("kube-apiserver", "etcd", "kubelet")

_RESTRICTED = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}


class World:
    """All that faults touch and checks look at."""

    def __init__(self, cluster: Path, repository: Path, name: str) -> None:
        self.cluster = cluster
        self.repository = repository
        self.api = Api(cluster)
        self.namespace = name
        self.components = {part: Component(part, cluster / "logs") for part in COMPONENTS}
        self.volume = Volume(self.api, cluster, name)
        self.runs: list[Run] = []
        self.jobs: list[Object] = []
        self.pods: list[Object] = []
        self.proxy: Proxy | None = None
        self._spec: Object | None = None
        # Hit trainings that have a checkpoint, and nothing else: what is to be seen is how they go on.
        self.selective = False
        self.pipelines_path = f"/apis/paft.io/v1alpha1/namespaces/{name}/paftpipelines"
        self.jobs_path = f"/apis/batch/v1/namespaces/{name}/jobs"
        self.pods_path = f"/api/v1/namespaces/{name}/pods"

    def open(self) -> None:
        """Make the namespace and put the sample into its workspace."""
        self.api.create("/api/v1/namespaces", {"metadata": {"name": self.namespace, "labels": _RESTRICTED}})
        self.volume.claim()
        self.api.create(self.jobs_path, _prepare_job(self.repository))
        self._until("the sample is made", 240, lambda: self._job_is_done("prepare-tiny"))

    def close(self) -> None:
        """Delete everything that was made; the cluster stays."""
        self.restore_operator()
        if self.proxy is not None:
            self.proxy.close()
        self.api.delete(f"/api/v1/namespaces/{self.namespace}")
        end = time.monotonic() + 90
        while self.api.get(f"/api/v1/namespaces/{self.namespace}") is not None and time.monotonic() < end:
            time.sleep(0.5)
        self.volume.release()

    def start(self, name: str, steps: int, *, spared: bool = False) -> Run:
        """Apply a pipeline; a spared one is no target, though it lives in the same cluster."""
        self.api.create(self.pipelines_path, document(name, steps))
        run = Run(name, spared)
        self.runs.append(run)
        return run

    def observe(self) -> None:
        """Look at everything once."""
        pipelines = {item["metadata"]["name"]: item for item in self.api.items(self.pipelines_path)}
        self.jobs = self.api.items(self.jobs_path)
        self.pods = self.api.items(self.pods_path)
        for run in self.runs:
            if run.name in pipelines:
                run.observe(pipelines[run.name], self.volume)
        for pod in self.pods:
            run = self.run_of(pod)
            if run is not None:
                run.pods.setdefault(stage_of(pod), set()).add(pod["metadata"]["name"])

    def targets(self) -> list[Run]:
        """The pipelines that faults may be aimed at."""
        return [run for run in self.runs if not run.spared and not run.ended()]

    def run_of(self, item: Object) -> Run | None:
        """The pipeline under test that a Job or pod belongs to."""
        name = item["metadata"].get("labels", {}).get("paft.io/pipeline")
        return next((run for run in self.runs if run.name == name), None)

    def disturbed(self, item: Object, fault: str, *, job: bool = False) -> None:
        """Remember that the stage of a Job or pod may be started once more."""
        run = self.run_of(item)
        if run is not None:
            run.hits.append(Hit(stage_of(item), fault, time.time(), job))

    def kill_processes(self, pod: Object) -> bool:
        """SIGKILL for what runs in a pod; False when nothing did."""
        return kill_pod(pod["metadata"]["uid"]) > 0

    def output_of(self, item: Object) -> Output:
        """The output directory that a Job or pod writes."""
        run = self.run_of(item) or Run("")
        return run.output(self.volume, stage_of(item))

    def start_second_operator(self) -> None:
        """Run an operator that takes part in no election: it works beside the one that leads."""
        first = self.api.get(DEPLOYMENT) or {}
        template = first["spec"]["template"]
        labels = {**template["metadata"]["labels"], "app.kubernetes.io/component": "second"}
        template["metadata"]["labels"] = labels
        container = template["spec"]["containers"][0]
        container["env"] = [item for item in container["env"] if item["name"] != "PAFT_LEADER_ELECTION_NAMESPACE"]
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        self.api.create(DEPLOYMENTS, {"metadata": {"name": SECOND, "labels": labels}, "spec": spec})

    def stop_second_operator(self) -> None:
        """Take it away again."""
        self.api.delete(f"{DEPLOYMENTS}/{SECOND}", propagationPolicy="Background")

    def operator_pods(self) -> list[Object]:
        """The pods of the operator that are not being deleted."""
        pods = self.api.items(OPERATOR_PODS, labelSelector="app.kubernetes.io/name=paft-operator")
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def kill_operators(self, most: int) -> int:
        """SIGKILL for the leader, then for others, and new pods at once instead of after the kubelet's back-off."""
        pods = sorted(self.operator_pods(), key=lambda pod: "paft.io/leader" not in pod["metadata"]["labels"])[:most]
        for pod in pods:
            kill_pod(pod["metadata"]["uid"])
            self.api.delete(f"{OPERATOR_PODS}/{pod['metadata']['name']}", gracePeriodSeconds=0)
        return len(pods)

    def await_api(self) -> None:
        """Wait until the API server is ready."""
        self._until("the API server is ready", 120, self.api.answers)

    def prepare_operator(self, *, proxy: bool, clock: bool) -> None:
        """Two replicas; they speak to the API server through a proxy, and ask for the time where it can be wrong."""
        self._spec = (self.api.get(DEPLOYMENT) or {})["spec"]
        template = copy.deepcopy(self._spec["template"])
        if proxy:
            self.proxy = Proxy(self.api)
            template["spec"]["containers"][0]["env"].append({"name": "KUBERNETES_MASTER", "value": self.proxy.address})
        if clock:
            install(self.api)
            preload(template)
        self._roll_out(template, REPLICAS)

    def restore_operator(self) -> None:
        """Give the operator the template and the number of replicas again that it had."""
        if self._spec is not None:
            self._roll_out(self._spec["template"], self._spec["replicas"])
            remove(self.api)
            self._spec = None

    def _roll_out(self, template: Object, replicas: int) -> None:
        patch = [
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "replace", "path": "/spec/replicas", "value": replicas},
        ]
        self.api.patch(DEPLOYMENT, patch, "application/json-patch+json")
        time.sleep(2)
        self._until("the operator is rolled out", 240, self._is_rolled_out)

    def _is_rolled_out(self) -> bool:
        deployment = self.api.get(DEPLOYMENT) or {}
        status = deployment.get("status", {})
        return (
            status.get("observedGeneration") == deployment["metadata"]["generation"]
            and status.get("replicas")
            == status.get("updatedReplicas", 0)
            == status.get("readyReplicas", 0)
            == deployment["spec"]["replicas"]
        )

    def _job_is_done(self, name: str) -> bool:
        return bool((self.api.get(f"{self.jobs_path}/{name}") or {}).get("status", {}).get("succeeded"))

    @staticmethod
    def _until(what: str, seconds: float, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"not within {seconds} s: {what}")
            time.sleep(0.3)


def stage_of(item: Object) -> str:
    """The stage of a Job or pod."""
    return item["metadata"].get("labels", {}).get("paft.io/stage", "")


def is_ready(pod: Object) -> bool:
    """Whether a pod is ready."""
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in pod.get("status", {}).get("conditions", [])
    )


def _prepare_job(repository: Path) -> Object:
    """The sample's own Job, in the smallest size."""
    text = (repository / "manifests/samples/tiny-prepare.yaml").read_text(encoding="utf-8")
    job = _to_json(repository, text.split("\n---\n")[-1])
    del job["metadata"]["namespace"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    container["args"] += ["--size", "mini"]
    container["resources"]["requests"] = {"cpu": "50m", "memory": "256Mi"}
    assert job["spec"]["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == CLAIM  # noqa: S101
    return job


def _to_json(repository: Path, text: str) -> Object:
    """YAML as JSON; this Python has no YAML, and kubectl has."""
    done = subprocess.run(  # noqa: S603
        [str(repository / "dev/cluster/cluster"), "kubectl", "create", "--dry-run=client", "-o", "json", "-f", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
