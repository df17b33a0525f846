"""The pipeline that is disturbed: the sample in its smallest size, trained long enough to be hit."""

from dataclasses import dataclass, field

from suite.api import Object
from suite.volume import CLAIM, Output, Volume

TRAININGS = {"sft": "sft", "preference": "preference"}
# Stage -> kind, which is the directory of its outputs.
STAGES = {**TRAININGS, "merge-ties": "merge", "evaluate-ties": "evaluate", "report": "report"}
CHECKPOINT_SECONDS = 3
RETRIES = 10
# What somebody else writes, which is to stay.
FOREIGN_CONDITION = "Foreign"
FOREIGN_ANNOTATION = "chaos.example.com/note"

# Neither limit is ever reached, however wrong a clock is: one that fires is a fault of the operator.
_TRAINING = {
    "tuning": {"type": "Full"},
    "checkpointInterval": f"{CHECKPOINT_SECONDS}s",
    "stallTimeout": "15m",
    "retries": RETRIES,
}
_HYPERPARAMETERS = {"learningRate": 2.0e-3, "perDeviceTrainBatchSize": 16, "maxLength": 64, "loggingSteps": 20}


def document(name: str, steps: int) -> Object:
    """A pipeline that shares no key with one of another name, and has the same weights: its name is its `rerun`."""
    return {
        "apiVersion": "paft.io/v1alpha1",
        "kind": "PaftPipeline",
        "metadata": {"name": name},
        "spec": {
            "deadline": "3h",
            "baseModel": {"uri": "models/mini"},
            "workspace": {"volumeClaim": {"name": CLAIM}},
            "pod": {"resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "3Gi"}}},
            "sft": {
                **_TRAINING,
                "dataset": {"uri": "data/mini/sft.jsonl"},
                "hyperparameters": {**_HYPERPARAMETERS, "maxSteps": steps},
                "rerun": name,
            },
            "preference": {
                **_TRAINING,
                "algorithm": "DPO",
                "dataset": {"uri": "data/mini/preference.jsonl"},
                "hyperparameters": {**_HYPERPARAMETERS, "maxSteps": steps // 3},
                "rerun": name,
            },
            "merge": {
                "candidates": [
                    {
                        "name": "ties",
                        "method": "TIES",
                        "sft": {"weight": 1.0, "density": 0.5},
                        "preference": {"weight": 1.0, "density": 0.5},
                    }
                ],
                "retries": RETRIES,
            },
            "evaluation": {
                "tasks": [{"name": "mini_skill", "limit": 8}],
                "customTasks": {"uri": "tasks/mini"},
                "baselines": [],
                "retries": RETRIES,
            },
        },
    }


@dataclass(frozen=True)
class Hit:
    """A stage that a fault disturbed, so that its pod or its Job may be replaced once.

    Attributes:
        stage: name in the graph.
        fault: what did it.
        time: seconds since the epoch.
        job: whether another Job may be made for the stage: its own was deleted while it ran, or only the workspace
            may know the result any more.
    """

    stage: str
    fault: str
    time: float
    job: bool = False


@dataclass(eq=False)
class Run:
    """A pipeline under test, and all that was seen of it.

    Attributes:
        name: of the pipeline.
        spared: whether faults are aimed at others only.
        hits: what disturbed it.
        damage: what was damaged in its results; empty when nothing was.
        finished: stage -> identity of its manifest when it was first there.
        pods: stage -> names of pods that were seen.
        keys: stage -> key.
        status: as it was seen last.
        annotations: as they were seen last.
        note: what somebody else wrote into an annotation of their own; empty when nobody has.
        foreign_condition: whether somebody else has written a condition, and nobody has removed it.
        kubelet_killed: whether the kubelet was killed while it ran.
    """

    name: str
    spared: bool = False
    hits: list[Hit] = field(default_factory=list)
    damage: str = ""
    finished: dict[str, tuple[int, int]] = field(default_factory=dict)
    pods: dict[str, set[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    status: Object = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    note: str = ""
    foreign_condition: bool = False
    kubelet_killed: bool = False

    def stage(self, name: str) -> Object:
        """A stage as status has it."""
        return next((stage for stage in self.status.get("stages", []) if stage["name"] == name), {})

    def output(self, volume: Volume, stage: str) -> Output:
        """The output directory of a stage whose key is known."""
        return volume.output(STAGES[stage], self.keys.get(stage, "unknown"))

    def ended(self) -> str:
        """Status of the condition Succeeded: True, False, or empty while it goes on."""
        for condition in self.status.get("conditions", []):
            if condition["type"] == "Succeeded" and condition["status"] in ("True", "False"):
                return condition["status"]
        return ""

    def observe(self, pipeline: Object, volume: Volume) -> None:
        """Remember what is there now."""
        self.status = pipeline.get("status") or {}
        self.annotations = pipeline["metadata"].get("annotations", {})
        for stage in self.status.get("stages", []):
            # A key that somebody wrote over would lead astray: the first one counts.
            self.keys.setdefault(stage["name"], stage["key"])
        for stage in STAGES:
            identity = self.output(volume, stage).identity()
            if identity is not None:
                self.finished.setdefault(stage, identity)
