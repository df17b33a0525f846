"""What must be true of a pipeline that has ended, whatever was done to it."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from suite.api import Object
from suite.pipeline import CHECKPOINT_SECONDS, FOREIGN_ANNOTATION, FOREIGN_CONDITION, STAGES, TRAININGS, Run
from suite.world import World

OPERATOR = "system:serviceaccount:paft-system:paft-operator"
LEAK_SECONDS = 90
# A step, the writing of the checkpoint, and a machine that was slower just then than on average.
_SLACK_SECONDS = 3.0
# What a stage says whose input was damaged on purpose.
_TRUE_REASONS = ("ModelInvalid", "ModelNotFound", "InvalidStage", "InputDamaged")


@dataclass(frozen=True)
class Reference:
    """What a pipeline that nobody disturbed came to.

    Attributes:
        weights: stage -> file -> sha256.
        score: of the best candidate.
    """

    weights: dict[str, dict[str, str]]
    score: float

    @staticmethod
    def of(run: Run, world: World) -> "Reference":
        """Read it from a pipeline that is through."""
        return Reference(
            {stage: run.output(world.volume, stage).weights() for stage in (*TRAININGS, "merge-ties")},
            run.status["result"]["score"],
        )


@dataclass
class Lost:
    """Work that was done again after a fault."""

    fault: str
    pipeline: str
    stage: str
    steps: int
    seconds: float


@dataclass
class Verdict:
    """What was found out about a pipeline.

    Attributes:
        pipeline: its name.
        outcome: Succeeded, Failed or Unfinished.
        wrong: what is not as it should be; empty when all is well.
        lost: work that was done again.
    """

    pipeline: str
    outcome: str
    wrong: list[str] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)


def judge(run: Run, world: World, reference: Reference | None) -> Verdict:
    """Check everything that can be seen while the pipeline is still there."""
    outcome = {"True": "Succeeded", "False": "Failed", "": "Unfinished"}[run.ended()]
    verdict = Verdict(run.name, outcome)
    if outcome == "Failed":
        verdict.wrong += _failure(run)
    elif outcome == "Succeeded":
        verdict.wrong += _result(run, world, reference)
    else:
        verdict.wrong.append("has not ended")
    verdict.wrong += [*_starts(run, world, verdict), *_status(run, world), *_foreign(run), *_jobs(run, world)]
    return verdict


def forget(run: Run, world: World) -> list[str]:
    """Delete the pipeline, and see whether its Jobs and pods go with it."""
    world.api.delete(f"{world.pipelines_path}/{run.name}")
    end = time.monotonic() + LEAK_SECONDS
    label = f"paft.io/pipeline={run.name}"
    while True:
        left = [
            item["metadata"]["name"]
            for path in (world.jobs_path, world.pods_path)
            for item in world.api.items(path, labelSelector=label)
        ]
        if not left:
            return []
        if time.monotonic() > end:
            return [f"{LEAK_SECONDS} s after it was deleted there are {', '.join(left)}"]
        time.sleep(0.5)


def _failure(run: Run) -> list[str]:
    failed = [stage for stage in run.status["stages"] if stage["state"] == "Failed"]
    told = "; ".join(f"{stage['name']}: {stage.get('reason')}: {stage.get('message')}" for stage in failed)
    if not run.damage:
        return [f"failed, and nothing was damaged: {told}"]
    if not failed or any(stage.get("reason") not in _TRUE_REASONS or not stage.get("message") for stage in failed):
        return [f"failed for another reason than the damage of {run.damage}: {told}"]
    return []


def _result(run: Run, world: World, reference: Reference | None) -> list[str]:
    if reference is None:
        return []
    wrong = []
    for stage, expected in reference.weights.items():
        found = run.output(world.volume, stage).weights()
        if found != expected and not run.damage.startswith(f"{stage}:"):
            wrong.append(f"{stage} has other weights than without the faults: {found} instead of {expected}")
    if run.status["result"]["score"] != reference.score:
        wrong.append(f"score {run.status['result']['score']} instead of {reference.score}")
    return wrong


def _starts(run: Run, world: World, verdict: Verdict) -> list[str]:
    """Nothing may start more often than it was disturbed, and nothing may run again once it was done."""
    wrong = []
    hits = _disturbances(run)
    for stage in STAGES:
        output = run.output(world.volume, stage)
        if run.damage.startswith(f"{stage}:"):
            continue
        if stage in run.finished and output.identity() != run.finished[stage]:
            wrong.append(f"{stage} was done, and its output was written again")
        started = len(run.pods.get(stage, ()))
        if started > 1 + hits[stage]:
            wrong.append(f"{stage}: {started} pods after {hits[stage]} disturbances")
        runs = output.manifest().get("runs", [])
        if len(runs) > 1 + hits[stage]:
            wrong.append(f"{stage}: trained in {len(runs)} runs after {hits[stage]} disturbances")
        wrong += _lost(run, stage, output.manifest(), verdict)
    return wrong


def _disturbances(run: Run) -> Counter[str]:
    """Faults that were aimed at each stage, and pods of it that a kubelet was just starting as it was killed."""
    hits = Counter(hit.stage for hit in run.hits)
    for stage in run.status.get("stages", []) if run.kubelet_killed else []:
        hits[stage["name"]] += sum(lost["reason"] == "StartError" for lost in stage.get("lost", []))
    return hits


def _lost(run: Run, stage: str, manifest: Object, verdict: Verdict) -> list[str]:
    metrics = manifest.get("metrics", {})
    if not metrics.get("train_seconds"):
        return []
    wrong = []
    per_step = metrics["train_seconds"] / metrics["steps"]
    for start in manifest.get("runs", [])[1:]:
        time_of_start = datetime.strptime(start["startTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        before = [hit for hit in run.hits if hit.stage == stage and hit.time <= time_of_start.timestamp() + 1]
        fault = before[-1].fault if before else "none"
        steps = start.get("lostSteps", 0)
        lost = Lost(fault, run.name, stage, steps, steps * per_step)
        verdict.lost.append(lost)
        # A damaged checkpoint costs the interval before it too.
        intervals = 1 + len(start.get("setAside", []) or [])
        if lost.seconds > intervals * CHECKPOINT_SECONDS + _SLACK_SECONDS:
            wrong.append(f"{stage}: {steps} steps, {lost.seconds:.1f} s of work lost to {fault}")
    return wrong


def _status(run: Run, world: World) -> list[str]:
    """Status says what is there, and nothing that somebody else wrote."""
    wrong = []
    hits = _disturbances(run)
    for stage in run.status.get("stages", []):
        name = stage["name"]
        if stage.get("message") == "written by somebody else":
            wrong.append(f"{name}: status still says what somebody else wrote")
        if stage.get("attempts", 1) > 1 + hits[name]:
            wrong.append(f"{name}: status says {stage['attempts']} attempts after {hits[name]} disturbances")
        if stage["key"] != run.keys.get(name):
            wrong.append(f"{name}: another key than before")
        manifest = {} if run.damage.startswith(f"{name}:") else run.output(world.volume, name).manifest()
        if stage["state"] == "Succeeded" and manifest and stage["output"]["digest"] != manifest["digest"]:
            wrong.append(f"{name}: status has another digest than the manifest")
    return wrong


def _foreign(run: Run) -> list[str]:
    """What others wrote into fields of their own stays."""
    wrong = []
    if run.note and run.annotations.get(FOREIGN_ANNOTATION) != run.note:
        wrong.append(f"the annotation of somebody else is {run.annotations.get(FOREIGN_ANNOTATION)}, not {run.note}")
    types = [condition["type"] for condition in run.status.get("conditions", [])]
    if run.foreign_condition and FOREIGN_CONDITION not in types:
        wrong.append(f"the condition of somebody else is gone: {', '.join(types)}")
    return wrong


def _jobs(run: Run, world: World) -> list[str]:
    """The API server's own record: no Job twice, and none deleted by the operator, since nobody edited anything."""
    wrong = []
    created: Counter[str] = Counter()
    removed: list[str] = []
    for event in audit(world.cluster / "logs/audit.log", world.namespace):
        reference = event.get("objectRef", {})
        name = reference.get("name", "")
        if reference.get("resource") != "jobs" or not name.startswith(f"{run.name}-") or reference.get("subresource"):
            continue
        accepted = event.get("responseStatus", {}).get("code", 500) < 300
        if accepted and event["verb"] == "create":
            created[name] += 1
        if event["verb"] == "delete" and event["user"]["username"] == OPERATOR:
            removed.append(name)
    for stage in run.status.get("stages", []):
        job = stage.get("job", "")
        deleted = sum(hit.job and hit.stage == stage["name"] for hit in run.hits)
        if created[job] > 1 + deleted:
            wrong.append(f"the Job {job} was created {created[job]} times after {deleted} disturbances")
        # It deletes one whose pod was gone before it was read, for another to read the result.
        if removed.count(job) > deleted:
            wrong.append(f"the operator deleted the Job {job}")
    known = {stage.get("job") for stage in run.status.get("stages", [])}
    wrong += [f"the Job {name} belongs to no stage" for name in created if name not in known]
    return wrong


def audit(log: Path, namespace: str) -> list[Object]:
    """The API server's record of writes in a namespace."""
    mark = f'"namespace":"{namespace}"'
    with log.open(encoding="utf-8", errors="replace") as lines:
        return [json.loads(line) for line in lines if mark in line and line.rstrip().endswith("}")]
