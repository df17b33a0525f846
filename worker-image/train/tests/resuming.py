"""Short trainings that are stopped in a step, in this process."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace
from test_resume_processes import training

from paft_train.resume.saver import Checkpoints
from paft_train.resume.store import directories

STEPS = 12


def short(kind: str = "sft", tuning: str = "Full", **extra: Any) -> dict[str, Any]:
    """One and a half epochs."""
    document = training(kind, tuning)
    document["parameters"]["hyperparameters"] |= {"maxSteps": STEPS, "loggingSteps": 2}
    document["parameters"]["extraArgs"] = extra
    return document


def work(workspace: Workspace, kind: str = "sft", key: str = "d1") -> Path:
    return workspace.root / kind / (key * 32 + ".work")


def kept(workspace: Workspace) -> list[int]:
    return [found.step for found in directories(work(workspace))]


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def during(monkeypatch: pytest.MonkeyPatch, step: int, act: Callable[[], None], moment: str = "on_step_begin") -> None:
    """Act in a step: `on_step_begin` finds one step less done than `on_step_end`."""

    def once(self: Checkpoints, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == (step - 1 if moment == "on_step_begin" else step):
            act()

    monkeypatch.setattr(Checkpoints, moment, once, raising=False)


def stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: int, **changes: Any) -> Ended:
    """A training that gets a SIGTERM in a step."""
    with monkeypatch.context() as patch:
        during(patch, step, terminate)
        return workspace.run(short() | changes, "d1")
