"""Tells the operator how far a training is."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from paft_train.progress import Report, Reporter, Silent


class ProgressCallback(TrainerCallback):
    """Reports every step of rank 0; the reporter decides what is sent.

    Args:
        reporter: who is told.
        numbers: gives the values of the last logged step, by name.
    """

    def __init__(self, reporter: Reporter | Silent, numbers: Callable[[], Mapping[str, float]]) -> None:
        self._reporter = reporter
        self._numbers = numbers
        self._start = 0.0
        self._first = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock; a training that resumes begins at the step of its checkpoint."""
        self._start = time.monotonic()
        self._first = state.global_step
        self._report(state)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """One more step is done."""
        self._report(state)

    def _report(self, state: TrainerState) -> None:
        if not state.is_world_process_zero:
            return
        step, total = state.global_step, state.max_steps
        if total <= 0:
            self._reporter.report(Report(step=step, metrics=dict(self._numbers())))
            return
        own = step - self._first
        eta = (time.monotonic() - self._start) / own * (total - step) if own > 0 else None
        self._reporter.report(Report(step / total, step, total, eta, dict(self._numbers())))
