"""The faults. Each is injected at a moment that the seed decides, stays for a while, and is healed."""

import signal
from abc import ABC, abstractmethod
from random import Random
from typing import ClassVar

from suite.api import ApiError, Object
from suite.pipeline import TRAININGS, Run
from suite.volume import flip_byte
from suite.world import OPERATOR_PODS, World, stage_of

# Attempts that count: fewer than the retries of a stage, whose pauses double each time.
MOST_HITS = 3
NODE = "paft-node"
_NODE_PATH = f"/api/v1/nodes/{NODE}"
_CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/paftpipelines.paft.io"
_CONFLICT = 409


class Fault(ABC):
    """Something that goes wrong.

    Attributes:
        name: on the command line and in the table.
    """

    name: ClassVar[str]

    @abstractmethod
    def inject(self, world: World, rng: Random) -> str:
        """Do it, and say to what; an empty text when there is nothing now that it could be done to."""

    def stay(self, rng: Random) -> float:  # noqa: ARG002
        """How many seconds it lasts."""
        return 0.0

    def heal(self, world: World) -> None:  # noqa: B027
        """Put right what does not heal by itself."""


class OperatorKilled(Fault):
    """The operator's process gets SIGKILL."""

    name = "operator-killed"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        return "SIGKILL" if world.kill_operator() else ""


class PodDeleted(Fault):
    """A person deletes the pod of a stage."""

    name = "pod-deleted"

    def inject(self, world: World, rng: Random) -> str:
        pod = _pick(rng, _running_pods(world))
        if pod is None:
            return ""
        world.disturbed(pod, self.name)
        world.api.delete(f"{world.pods_path}/{pod['metadata']['name']}")
        return _called(pod)


class PodKilled(Fault):
    """The processes of a stage get SIGKILL, with no time for a checkpoint."""

    name = "pod-killed"

    def inject(self, world: World, rng: Random) -> str:
        pod = _pick(rng, _running_pods(world))
        if pod is None:
            return ""
        world.disturbed(pod, self.name)
        return _called(pod) if world.kill_processes(pod) else ""


class JobDeleted(Fault):
    """A person deletes the Job of a stage while it runs."""

    name = "job-deleted"

    def inject(self, world: World, rng: Random) -> str:
        job = _pick(rng, _running_jobs(world))
        if job is None:
            return ""
        world.disturbed(job, self.name, job=True)
        _delete_job(world, job)
        return _called(job)


class FinishedJobDeleted(Fault):
    """A person, or a ttl, deletes a Job that is done: nothing may run for it again."""

    name = "finished-job-deleted"

    def inject(self, world: World, rng: Random) -> str:
        job = _pick(rng, [job for job in _jobs(world) if _is_recorded(world, job)])
        if job is None:
            return ""
        _delete_job(world, job)
        return _called(job)


class Eviction(Fault):
    """The Eviction API takes a stage's pod, as a drain or an autoscaler does."""

    name = "eviction"

    def inject(self, world: World, rng: Random) -> str:
        pod = _pick(rng, _running_pods(world))
        return _called(pod) if pod is not None and _evict(world, pod, self.name) else ""


class Drain(Fault):
    """The node is cordoned, every pod of ours is evicted, the operator's too; then the node comes back."""

    name = "node-drained"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        pods = _running_pods(world)
        if not pods:
            return ""
        world.api.patch(_NODE_PATH, {"spec": {"unschedulable": True}})
        for pod in pods:
            _evict(world, pod, self.name)
        for pod in world.operator_pods():
            world.api.delete(f"{OPERATOR_PODS}/{pod['metadata']['name']}")
        return f"{len(pods)} stages"

    def stay(self, rng: Random) -> float:
        return rng.uniform(2, 5)

    def heal(self, world: World) -> None:
        world.api.patch(_NODE_PATH, {"spec": {"unschedulable": None}})


class ComponentKilled(Fault):
    """A component of the cluster gets SIGKILL and is started again after a while."""

    component: ClassVar[str]

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        world.components[self.component].kill()
        return "SIGKILL"

    def stay(self, rng: Random) -> float:
        return rng.uniform(0.2, 3)

    def heal(self, world: World) -> None:
        world.components[self.component].start()
        world.await_api()


class ApiServerKilled(ComponentKilled):
    """kube-apiserver is killed."""

    name = "apiserver-killed"
    component = "kube-apiserver"


class EtcdKilled(ComponentKilled):
    """etcd is killed, and comes back with its data."""

    name = "etcd-killed"
    component = "etcd"


class KubeletKilled(ComponentKilled):
    """The kubelet is killed; the pods go on, and nobody tells what becomes of them."""

    name = "kubelet-killed"
    component = "kubelet"


class ApiServerStopped(Fault):
    """kube-apiserver stands still, its connections stay open."""

    name = "apiserver-stopped"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        world.components["kube-apiserver"].signal(signal.SIGSTOP)
        return "SIGSTOP"

    def stay(self, rng: Random) -> float:
        return rng.uniform(1, 8)

    def heal(self, world: World) -> None:
        world.components["kube-apiserver"].signal(signal.SIGCONT)
        world.await_api()


class StatusOverwritten(Fault):
    """Somebody else writes nonsense about a stage, and a condition of their own."""

    name = "status-overwritten"

    def inject(self, world: World, rng: Random) -> str:
        run = _pick(rng, [run for run in world.targets() if run.status.get("stages")])
        if run is None:
            return ""
        pipeline = world.api.get(f"{world.pipelines_path}/{run.name}") or {}
        status = pipeline.get("status") or {}
        stage = _pick(rng, [stage for stage in status.get("stages", []) if stage["state"] in ("Pending", "Running")])
        if stage is None:
            return ""
        stage.update(state=rng.choice(["Pending", "Running"]), message="written by somebody else", attempts=99)
        conditions = [
            *status.get("conditions", []),
            {
                "type": "Foreign",
                "status": "True",
                "reason": "Chaos",
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            },
        ]
        unique = list({condition["type"]: condition for condition in conditions}.values())
        world.api.patch(
            f"{world.pipelines_path}/{run.name}/status",
            {"status": {"stages": status["stages"], "conditions": unique}},
        )
        return f"{run.name}/{stage['name']}"


class StatusLost(Fault):
    """The whole status is gone, as after a restore from a backup."""

    name = "status-lost"

    def inject(self, world: World, rng: Random) -> str:
        run = _pick(rng, [run for run in world.targets() if run.status.get("stages")])
        if run is None:
            return ""
        world.api.patch(f"{world.pipelines_path}/{run.name}/status", {"status": None})
        return run.name


class CrdApplied(Fault):
    """The CRD is applied again with another description, as an upgrade does."""

    name = "crd-applied"

    def inject(self, world: World, rng: Random) -> str:
        crd = world.api.get(_CRD_PATH) or {}
        version = crd["spec"]["versions"][0]
        version["schema"]["openAPIV3Schema"]["description"] = f"PAFT pipeline, chaos {rng.randrange(1000)}"
        world.api.patch(_CRD_PATH, {"spec": {"versions": crd["spec"]["versions"]}})
        return "description"


class OutputDamaged(Fault):
    """A bit of a finished training's weights flips before the merge has read them."""

    name = "weights-damaged"

    def inject(self, world: World, rng: Random) -> str:
        found = [(run, stage) for run in world.targets() for stage in TRAININGS if _is_unread(world, run, stage)]
        if not found:
            return ""
        run, stage = rng.choice(found)
        file = next(run.output(world.volume, stage).path.glob("model/*.safetensors"))
        flip_byte(file)
        run.damage = f"{stage}: {file.name}"
        return f"{run.name}/{run.damage}"


class ManifestDamaged(Fault):
    """The manifest of a finished training is cut short before the merge has read it."""

    name = "manifest-damaged"

    def inject(self, world: World, rng: Random) -> str:
        found = [(run, stage) for run in world.targets() for stage in TRAININGS if _is_unread(world, run, stage)]
        if not found:
            return ""
        run, stage = rng.choice(found)
        file = run.output(world.volume, stage).path / "manifest.json"
        text = file.read_bytes()
        with file.open("r+b") as opened:
            opened.truncate(len(text) // 2)
        run.damage = f"{stage}: manifest.json"
        return f"{run.name}/{run.damage}"


class CheckpointDamaged(Fault):
    """A bit of the newest checkpoint flips, and the training that wrote it is killed."""

    name = "checkpoint-damaged"

    def inject(self, world: World, rng: Random) -> str:
        pods = [pod for pod in _running_pods(world) if stage_of(pod) in TRAININGS]
        pods = [pod for pod in pods if world.output_of(pod).checkpoints()]
        pod = _pick(rng, pods)
        if pod is None:
            return ""
        world.disturbed(pod, self.name)
        if not world.kill_processes(pod):
            return ""
        newest = world.output_of(pod).checkpoints()[-1]
        largest = max((file for file in newest.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
        flip_byte(largest)
        return f"{_called(pod)} {newest.name}/{largest.name}"


class WorkspaceFull(Fault):
    """There is no space in the workspace for a while."""

    name = "workspace-full"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        jobs = [job for job in _jobs(world) if not _is_finished(job)]
        if any(not _may_hit(world, job) for job in jobs) or not jobs:
            return ""
        for job in jobs:
            world.disturbed(job, self.name)
        world.volume.fill()
        return f"{len(jobs)} stages"

    def stay(self, rng: Random) -> float:
        return rng.uniform(1, 6)

    def heal(self, world: World) -> None:
        world.volume.empty()


class ApiErrors(Fault):
    """The operator's requests meet 429, 500, 409, time out, or are answered to nobody."""

    name = "api-errors"
    needs_proxy = True

    def inject(self, world: World, rng: Random) -> str:
        assert world.proxy is not None  # noqa: S101
        share = rng.choice([0.2, 0.4, 0.7])
        world.proxy.misbehave(share, rng.randrange(1 << 30))
        return f"{share:.0%} of the requests"

    def stay(self, rng: Random) -> float:
        return rng.uniform(3, 10)

    def heal(self, world: World) -> None:
        assert world.proxy is not None  # noqa: S101
        world.proxy.misbehave(0, 0)


class WatchesDropped(Fault):
    """Every watch of the operator is cut."""

    name = "watches-dropped"
    needs_proxy = True

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        assert world.proxy is not None  # noqa: S101
        dropped = world.proxy.drop_watches()
        return f"{dropped} watches" if dropped else ""


class TwoOperators(Fault):
    """A second operator runs beside the first."""

    name = "two-operators"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        world.scale_operator(1)
        return "one more"

    def stay(self, rng: Random) -> float:
        return rng.uniform(10, 25)

    def heal(self, world: World) -> None:
        world.scale_operator(0)


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        OperatorKilled(),
        PodDeleted(),
        PodKilled(),
        JobDeleted(),
        FinishedJobDeleted(),
        Eviction(),
        Drain(),
        ApiServerKilled(),
        ApiServerStopped(),
        EtcdKilled(),
        KubeletKilled(),
        StatusOverwritten(),
        StatusLost(),
        CrdApplied(),
        OutputDamaged(),
        ManifestDamaged(),
        CheckpointDamaged(),
        WorkspaceFull(),
        ApiErrors(),
        WatchesDropped(),
        TwoOperators(),
    )
}


def _pick(rng: Random, found: list) -> "Object | None":
    return rng.choice(found) if found else None


def _jobs(world: World) -> list[Object]:
    return [job for job in world.jobs if world.run_of(job) in world.targets() and not _is_going(job)]


def _running_jobs(world: World) -> list[Object]:
    return [
        job
        for job in _jobs(world)
        if not _is_finished(job)
        and _may_hit(world, job)
        and (not world.selective or world.output_of(job).checkpoints())
    ]


def _is_going(item: Object) -> bool:
    return "deletionTimestamp" in item["metadata"]


def _is_finished(job: Object) -> bool:
    return any(
        condition["type"] in ("Complete", "Failed") and condition["status"] == "True"
        for condition in job.get("status", {}).get("conditions", [])
    )


def _is_recorded(world: World, job: Object) -> bool:
    """Whether status already says that the stage of a Job has succeeded."""
    run = world.run_of(job)
    return run is not None and _is_finished(job) and run.stage(stage_of(job)).get("state") == "Succeeded"


def _running_pods(world: World) -> list[Object]:
    return [
        pod
        for pod in world.pods
        if world.run_of(pod) in world.targets()
        and pod.get("status", {}).get("phase") == "Running"
        and not _is_going(pod)
        and _may_hit(world, pod)
        and (not world.selective or world.output_of(pod).checkpoints())
    ]


def _may_hit(world: World, item: Object) -> bool:
    run = world.run_of(item)
    return run is not None and sum(hit.stage == stage_of(item) for hit in run.hits) < MOST_HITS


def _evict(world: World, pod: Object, fault: str) -> bool:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": namespace},
    }
    world.disturbed(pod, fault)
    try:
        world.api.create(f"{world.pods_path}/{name}/eviction", body)
    except ApiError as error:
        if error.code in (404, _CONFLICT):
            return False
        raise
    return True


def _delete_job(world: World, job: Object) -> None:
    world.api.delete(f"{world.jobs_path}/{job['metadata']['name']}", propagationPolicy="Background")


def _is_unread(world: World, run: Run, stage: str) -> bool:
    return (
        not run.damage
        and stage in run.finished
        and run.stage(stage).get("state") == "Succeeded"
        and not any(world.run_of(job) is run and stage_of(job) == "merge-ties" for job in world.jobs)
    )


def _called(item: Object) -> str:
    return f"{item['metadata']['labels']['paft.io/pipeline']}/{stage_of(item)}"
