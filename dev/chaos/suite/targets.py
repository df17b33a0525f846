"""What faults can be aimed at now."""

from random import Random
from typing import TypeVar

from suite.api import Object
from suite.world import World, stage_of

# Attempts that count: fewer than the retries of a stage, whose pauses double each time.
MOST_HITS = 3
T = TypeVar("T")


def pick(rng: Random, found: list[T]) -> T | None:
    """One of them, or None when there are none."""
    return rng.choice(found) if found else None


def jobs_of_targets(world: World) -> list[Object]:
    """The Jobs of pipelines that faults may be aimed at."""
    return [job for job in world.jobs if world.run_of(job) in world.targets() and not _is_going(job)]


def running_jobs(world: World) -> list[Object]:
    """Those that are not done, and whose stage was not hit too often."""
    return [
        job
        for job in jobs_of_targets(world)
        if not is_finished(job) and may_hit(world, job) and (not world.selective or world.output_of(job).checkpoints())
    ]


def _is_going(item: Object) -> bool:
    return "deletionTimestamp" in item["metadata"]


def is_finished(job: Object) -> bool:
    """Whether a Job has ended, well or not."""
    return any(
        condition["type"] in ("Complete", "Failed") and condition["status"] == "True"
        for condition in job.get("status", {}).get("conditions", [])
    )


def running_pods(world: World) -> list[Object]:
    """Pods whose container runs, and whose stage was not hit too often."""
    return [
        pod
        for pod in world.pods
        if world.run_of(pod) in world.targets()
        and pod.get("status", {}).get("phase") == "Running"
        and not _is_going(pod)
        and may_hit(world, pod)
        and (not world.selective or world.output_of(pod).checkpoints())
    ]


def may_hit(world: World, item: Object) -> bool:
    """Whether the stage of a Job or pod has retries to spare."""
    run = world.run_of(item)
    return run is not None and sum(hit.stage == stage_of(item) for hit in run.hits) < MOST_HITS


def called(item: Object) -> str:
    """Pipeline and stage of a Job or pod."""
    return f"{item['metadata']['labels']['paft.io/pipeline']}/{stage_of(item)}"
