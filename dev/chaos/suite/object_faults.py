"""Faults of API objects that the operator relies on."""

import time
from random import Random

from suite.fault import Fault
from suite.pipeline import Hit, Run
from suite.targets import pick
from suite.world import World, stage_of

_CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/paftpipelines.paft.io"


class StatusOverwritten(Fault):
    """Somebody else writes nonsense about a stage, and a condition of their own."""

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
        run = pick(rng, [run for run in world.targets() if run.status.get("stages")])
        if run is None:
            return ""
        # Where the pod that ended is gone, another one has to read the result; it ends in seconds.
        run.hits += [
            Hit(stage, self.name, time.time(), job=True) for stage in run.finished if not _has_pod(world, run, stage)
        ]
        world.api.patch(f"{world.pipelines_path}/{run.name}/status", {"status": None})
        return run.name


class CrdApplied(Fault):
    """The CRD is applied again with another description, as an upgrade does."""

    name = "crd-applied"

    def __init__(self) -> None:
        self._before = ""

    def inject(self, world: World, rng: Random) -> str:
        self._describe(world, f"PAFT pipeline, chaos {rng.randrange(1000)}")
        return "description"

    def stay(self, rng: Random) -> float:
        return rng.uniform(0.2, 2)

    def heal(self, world: World) -> None:
        self._describe(world, self._before)

    def _describe(self, world: World, text: str) -> None:
        crd = world.api.get(_CRD_PATH) or {}
        schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        self._before = schema.get("description", "")
        schema["description"] = text
        world.api.patch(_CRD_PATH, {"spec": {"versions": crd["spec"]["versions"]}})


def _has_pod(world: World, run: Run, stage: str) -> bool:
    return any(
        world.run_of(pod) is run and stage_of(pod) == stage and pod.get("status", {}).get("phase") == "Succeeded"
        for pod in world.pods
    )
