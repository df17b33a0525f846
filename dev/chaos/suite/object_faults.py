"""Faults of API objects that the operator relies on."""

import time
from random import Random

from suite.api import Object
from suite.fault import Fault
from suite.pipeline import FOREIGN_ANNOTATION, FOREIGN_CONDITION, Hit, Run
from suite.targets import pick
from suite.world import World, stage_of

_CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/paftpipelines.paft.io"


class StatusOverwritten(Fault):
    """Somebody else writes nonsense about a stage, and a condition and an annotation of their own."""

    name = "status-overwritten"

    def inject(self, world: World, rng: Random) -> str:
        run = pick(rng, [run for run in world.targets() if run.status.get("stages")])
        if run is None:
            return ""
        pipeline = world.api.get(f"{world.pipelines_path}/{run.name}") or {}
        status = pipeline.get("status") or {}
        stage = pick(rng, [stage for stage in status.get("stages", []) if stage["state"] in ("Pending", "Running")])
        if stage is None:
            return ""
        stage.update(state=rng.choice(["Pending", "Running"]), message="written by somebody else", attempts=99)
        conditions = [
            *status.get("conditions", []),
            {
                "type": FOREIGN_CONDITION,
                "status": "True",
                "reason": "Chaos",
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            },
        ]
        unique = list({condition["type"]: condition for condition in conditions}.values())
        world.api.patch(
            f"{world.pipelines_path}/{run.name}/status", {"status": {"stages": status["stages"], "conditions": unique}}
        )
        note = f"{rng.randrange(1 << 20)}"
        world.api.patch(f"{world.pipelines_path}/{run.name}", {"metadata": {"annotations": {FOREIGN_ANNOTATION: note}}})
        run.note, run.foreign_condition = note, True
        return f"{run.name}/{stage['name']}"


class StatusLost(Fault):
    """The whole status is gone, as after a restore from a backup."""

    name = "status-lost"

    def inject(self, world: World, rng: Random) -> str:
        run = pick(rng, [run for run in world.targets() if run.status.get("stages")])
        if run is None:
            return ""
        # Where the pod that ended is gone, another one has to read the result; it ends in seconds.
        run.hits += [
            Hit(stage, self.name, time.time(), job=True) for stage in run.finished if not _has_pod(world, run, stage)
        ]
        world.api.patch(f"{world.pipelines_path}/{run.name}/status", {"status": None})
        run.foreign_condition = False
        return run.name


class CrdApplied(Fault):
    """The CRD is applied again with another description, as an upgrade does."""

    name = "crd-applied"

    def __init__(self) -> None:
        # The description as it was: None when there was none, which an empty one would not be.
        self._before: str | None = None

    def inject(self, world: World, rng: Random) -> str:
        versions, schema = _crd(world)
        self._before = schema.get("description")
        schema["description"] = f"PAFT pipeline, chaos {rng.randrange(1000)}"
        world.api.patch(_CRD_PATH, {"spec": {"versions": versions}})
        return "description"

    def stay(self, rng: Random) -> float:
        return rng.uniform(0.2, 2)

    def heal(self, world: World) -> None:
        versions, schema = _crd(world)
        schema.pop("description", None)
        if self._before is not None:
            schema["description"] = self._before
        world.api.patch(_CRD_PATH, {"spec": {"versions": versions}})


def _crd(world: World) -> tuple[list[Object], Object]:
    """The CRD's versions, and in them the schema of the first."""
    versions = (world.api.get(_CRD_PATH) or {})["spec"]["versions"]
    return versions, versions[0]["schema"]["openAPIV3Schema"]


def _has_pod(world: World, run: Run, stage: str) -> bool:
    return any(
        world.run_of(pod) is run and stage_of(pod) == stage and pod.get("status", {}).get("phase") == "Succeeded"
        for pod in world.pods
    )
