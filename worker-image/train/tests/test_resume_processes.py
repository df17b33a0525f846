"""Trainings as pods run them, stopped and killed by signals: what comes out is what an undisturbed training makes."""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace, fixture

STEPS = 36
ROOT = Path(__file__).parents[1]


def training(kind: str, tuning: str) -> dict[str, Any]:
    """Several epochs of 8 steps of two micro-batches; steps are logged by threes, so that most stops lie between."""
    document = fixture(kind)
    parameters = document["parameters"]
    parameters["tuning"] = {"type": tuning} | ({"r": 4, "dropout": 0.1} if tuning == "LoRA" else {})
    parameters["hyperparameters"] |= {
        "maxSteps": STEPS,
        "perDeviceTrainBatchSize": 4,
        "gradientAccumulationSteps": 2,
        "loggingSteps": 3,
        "lrSchedulerType": "cosine",
    }
    return document


def start(root: Path, document: dict[str, Any], key: str, **changes: Any) -> subprocess.Popen[str]:
    given = {**document, "workspace": str(root), "key": key * 32, "output": f"{document['kind']}/{key * 32}", **changes}
    environment = {**os.environ, "PAFT_STAGE": json.dumps(given), "PAFT_TERMINATION_LOG": str(root / f"log-{key}")}
    command = [sys.executable, "-m", "paft_train", "stage"]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def signal_after(
    process: subprocess.Popen[str], step: int, number: int, *, checkpoint: bool = False
) -> tuple[int, str]:
    """Send a signal when the log says that a step is done (and a checkpoint is written); exit code and log."""
    seen, saved = [], not checkpoint
    assert process.stdout is not None
    for line in process.stdout:
        seen.append(line)
        saved = saved or "checkpoint of step" in line
        found = re.search(r"step (\d+)/\d+ loss", line)
        if saved and found and int(found[1]) >= step:
            process.send_signal(number)
            break
    rest, _ = process.communicate(timeout=120)
    return process.returncode, "".join(seen) + rest


def rows(ended: Ended) -> list[dict[str, Any]]:
    lines = (ended.output / "log.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name != "seconds"} for line in lines]


def hashes(ended: Ended) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((ended.output / "model").glob("*.safetensors"))
    }


def same(ended: Ended, undisturbed: Ended) -> None:
    """Weights to the bit, and every number of the log and of the result."""
    assert hashes(ended)
    assert hashes(ended) == hashes(undisturbed)
    assert rows(ended) == rows(undisturbed)
    assert metrics(ended) == metrics(undisturbed)


def metrics(ended: Ended) -> dict[str, float]:
    """The numbers that do not depend on how often the training was interrupted."""
    return {
        name: value
        for name, value in ended.manifest["metrics"].items()
        if name not in ("train_seconds", "resumes", "lost_steps")
    }


@pytest.mark.parametrize(
    ("kind", "tuning", "key"),
    [("sft", "Full", "e1"), ("sft", "LoRA", "e2"), ("preference", "Full", "e3"), ("preference", "LoRA", "e4")],
)
def test_stopped_then_killed_equals_undisturbed(workspace: Workspace, kind: str, tuning: str, key: str) -> None:
    document = training(kind, tuning)
    undisturbed = workspace.run(document, key.replace("e", "f"))
    assert undisturbed.code == 0, undisturbed.message
    chance = random.Random(key)
    stop_at, kill_at = chance.randint(3, STEPS // 2), chance.randint(STEPS // 2 + 3, STEPS - 9)

    code, log = signal_after(start(workspace.root, document, key), stop_at, signal.SIGTERM)
    told = json.loads((workspace.root / f"log-{key}").read_text())
    assert (code, told["outcome"], told["reason"]) == (143, "Stopped", "Stopped"), log
    assert stop_at <= told["step"] < STEPS
    again = start(workspace.root, document, key, checkpointIntervalSeconds=0.01)
    code, log = signal_after(again, kill_at, signal.SIGKILL, checkpoint=True)
    assert code == -signal.SIGKILL, log
    assert f"going on from the checkpoint of step {told['step']}" in log
    output = workspace.root / kind / (key * 32)
    assert not output.exists()

    ended = workspace.run(document, key)

    assert (ended.code, ended.message["outcome"]) == (0, "Succeeded"), ended.message
    same(ended, undisturbed)
    runs = ended.manifest["runs"]
    assert [run["step"] for run in runs][:2] == [0, told["step"]]
    assert runs[2]["step"] > told["step"]
    assert ended.message["metrics"]["resumes"] == 2
    assert f"went on from step {runs[1]['step']}, {runs[2]['step']}" in ended.message["message"]
    assert not output.with_name(output.name + ".work").exists()
