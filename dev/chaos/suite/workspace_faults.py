"""Faults of the workspace."""

from random import Random

from suite.fault import Fault
from suite.pipeline import TRAININGS, Run
from suite.targets import called, is_finished, jobs_of_targets, may_hit, pick, running_pods
from suite.volume import flip_byte
from suite.world import World, stage_of


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
        pods = [pod for pod in running_pods(world) if stage_of(pod) in TRAININGS]
        pods = [pod for pod in pods if world.output_of(pod).checkpoints()]
        pod = pick(rng, pods)
        if pod is None:
            return ""
        world.disturbed(pod, self.name)
        if not world.kill_processes(pod):
            return ""
        newest = world.output_of(pod).checkpoints()[-1]
        largest = max((file for file in newest.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
        flip_byte(largest)
        return f"{called(pod)} {newest.name}/{largest.name}"


class WorkspaceFull(Fault):
    """There is no space in the workspace for a while."""

    name = "workspace-full"

    def __init__(self) -> None:
        self._hit: set[str] = set()

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        jobs = [job for job in jobs_of_targets(world) if not is_finished(job)]
        if any(not may_hit(world, job) for job in jobs) or not jobs:
            return ""
        for job in jobs:
            world.disturbed(job, self.name)
        self._hit = {job["metadata"]["uid"] for job in jobs}
        world.volume.fill()
        return f"{len(jobs)} stages"

    def stay(self, rng: Random) -> float:
        return rng.uniform(1, 6)

    def heal(self, world: World) -> None:
        world.volume.empty()
        world.observe()
        # A stage that began meanwhile met it too.
        for job in jobs_of_targets(world):
            if job["metadata"]["uid"] not in self._hit and not is_finished(job):
                world.disturbed(job, self.name)


def _is_unread(world: World, run: Run, stage: str) -> bool:
    return (
        not run.damage
        and stage in run.finished
        and run.stage(stage).get("state") == "Succeeded"
        and not any(world.run_of(job) is run and stage_of(job) == "merge-ties" for job in world.jobs)
    )
