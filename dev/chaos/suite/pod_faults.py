"""Faults of stages: their pods, their Jobs, their node."""

from random import Random

from suite.api import ApiError, Object
from suite.fault import Fault
from suite.targets import called, is_finished, jobs_of_targets, pick, running_jobs, running_pods
from suite.world import OPERATOR_PODS, World, stage_of

_NODE_PATH = "/api/v1/nodes/paft-node"
_GONE = (404, 409)


class PodDeleted(Fault):
    """A person deletes the pod of a stage."""

    name = "pod-deleted"

    def inject(self, world: World, rng: Random) -> str:
        pod = pick(rng, running_pods(world))
        if pod is None:
            return ""
        world.disturbed(pod, self.name, job=True)
        world.api.delete(f"{world.pods_path}/{pod['metadata']['name']}")
        return called(pod)


class PodKilled(Fault):
    """The processes of a stage get SIGKILL, with no time for a checkpoint."""

    name = "pod-killed"

    def inject(self, world: World, rng: Random) -> str:
        pod = pick(rng, running_pods(world))
        if pod is None:
            return ""
        world.disturbed(pod, self.name)
        return called(pod) if world.kill_processes(pod) else ""


class JobDeleted(Fault):
    """A person deletes the Job of a stage while it runs."""

    name = "job-deleted"

    def inject(self, world: World, rng: Random) -> str:
        job = pick(rng, running_jobs(world))
        if job is None:
            return ""
        world.disturbed(job, self.name, job=True)
        _delete_job(world, job)
        return called(job)


class FinishedJobDeleted(Fault):
    """A person, or a ttl, deletes a Job that is done: nothing may run for it again."""

    name = "finished-job-deleted"

    def inject(self, world: World, rng: Random) -> str:
        job = pick(rng, [job for job in jobs_of_targets(world) if _is_recorded(world, job)])
        if job is None:
            return ""
        _delete_job(world, job)
        return called(job)


class Eviction(Fault):
    """The Eviction API takes a stage's pod, as a drain or an autoscaler does."""

    name = "eviction"

    def inject(self, world: World, rng: Random) -> str:
        pod = pick(rng, running_pods(world))
        return called(pod) if pod is not None and _evict(world, pod, self.name) else ""


class Drain(Fault):
    """The node is cordoned, every pod of ours is evicted, the operator's too; then the node comes back."""

    name = "node-drained"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        pods = running_pods(world)
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


def _evict(world: World, pod: Object, fault: str) -> bool:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": namespace},
    }
    world.disturbed(pod, fault, job=True)
    try:
        world.api.create(f"{world.pods_path}/{name}/eviction", body)
    except ApiError as error:
        if error.code in _GONE:
            return False
        raise
    return True


def _delete_job(world: World, job: Object) -> None:
    world.api.delete(f"{world.jobs_path}/{job['metadata']['name']}", propagationPolicy="Background")


def _is_recorded(world: World, job: Object) -> bool:
    """Whether status already says that the stage of a Job has succeeded."""
    run = world.run_of(job)
    return run is not None and is_finished(job) and run.stage(stage_of(job)).get("state") == "Succeeded"
