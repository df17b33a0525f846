"""The log of a training: log.jsonl, lines on stdout, and the numbers of the last logged step."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from paft_train import files, log
from paft_train.errors import StageError

_KEPT: Final = {
    "loss": "loss",
    "task_loss": "task_loss",
    "rewards/accuracies": "reward_accuracy",
    "rewards/margins": "reward_margin",
}


class Follower(TrainerCallback):
    """Writes log.jsonl and one line on stdout per logged step; a loss that is not a number ends the stage.

    Args:
        directory: where the log is written.
        before: the log that a checkpoint has; the training goes on from it.

    Attributes:
        path: the log.
        last: the values of the last logged step that are worth a metric.
        seconds: wall-clock time of the training loop; of the steps that a checkpoint has it counts the first time.
    """

    NAME: Final = "log.jsonl"

    def __init__(self, directory: Path, before: Path | None = None) -> None:
        self.path = directory / self.NAME
        rows = before.read_text(encoding="utf-8") if before is not None else ""
        self.path.write_text(rows, encoding="utf-8")
        self._stream = self.path.open("a", encoding="utf-8")
        self._start = time.monotonic()
        self.last: dict[str, float] = _kept(json.loads(rows.splitlines()[-1])) if rows else {}
        self.seconds = 0.0

    def go_on(self, seconds: float) -> None:
        """Start the clock where it was when the checkpoint was written."""
        self._start = time.monotonic() - seconds

    def seconds_now(self) -> float:
        """What the clock shows."""
        return time.monotonic() - self._start

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self._start = time.monotonic()
        log.event(
            f"{state.max_steps} steps of {args.per_device_train_batch_size} x {args.gradient_accumulation_steps} rows"
        )

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Record a logged step; the summary at the end of the training is not one."""
        if not logs or "loss" not in logs:
            return
        self.seconds = self.seconds_now()
        numbers = {name: float(value) for name, value in logs.items() if isinstance(value, int | float)}
        row = {"step": state.global_step, "seconds": round(self.seconds, 3), **numbers}
        self._stream.write(files.to_json(row, indent=None) + "\n")
        self._stream.flush()
        self.last = _kept(numbers)
        left = self.seconds / max(state.global_step, 1) * (state.max_steps - state.global_step)
        parts = " ".join(f"{short} {value:.4g}" for short, value in self.last.items())
        log.event(
            f"step {state.global_step}/{state.max_steps} {parts} lr {numbers.get('learning_rate', 0):.3g} "
            f"eta {log.duration(left)}"
        )
        if row["loss"] != row["loss"] or abs(row["loss"]) == float("inf"):
            raise not_a_number(f"step {state.global_step}")

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop the clock."""
        self.seconds = self.seconds_now()

    def close(self) -> None:
        """Close the log."""
        self._stream.close()


def _kept(numbers: Mapping[str, Any]) -> dict[str, float]:
    return {short: numbers[name] for name, short in _KEPT.items() if isinstance(numbers.get(name), int | float)}


def not_a_number(where: str) -> StageError:
    """A training that has gone astray: its weights are no good to anybody."""
    return StageError("InvalidParameter", f"the loss is not a number at {where}: lower hyperparameters.learningRate.")
