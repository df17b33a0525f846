"""Writes checkpoints while a training runs: at an interval, and when somebody asks it to stop."""

import math
import shutil
import time
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from paft_train import failures, log
from paft_train.resume import state as sums
from paft_train.resume.runs import Runs
from paft_train.resume.stop import StopRequest
from paft_train.resume.store import Checkpoint, Store
from paft_train.training_log import Follower


class Checkpoints(TrainerCallback):
    """Decides after every step whether a checkpoint is due, writes it, and restores the one that it began with.

    A checkpoint that cannot be written is a line in the log: the training goes on, and those before stay.

    Args:
        store: where checkpoints lie.
        start: what the training goes on from; None for the beginning.
        interval: seconds between two checkpoints.
        stop: whether somebody wants the training to stop.
        follower: has the log and the clock.

    Attributes:
        begun: the training loop has been reached.
        saved: step of the newest checkpoint.
        problem: why the last checkpoint could not be written.
    """

    def __init__(
        self, store: Store, start: Checkpoint | None, interval: float, stop: StopRequest, follower: Follower
    ) -> None:
        self._store = store
        self._start = start
        self._interval = interval
        self._stop = stop
        self._follower = follower
        self._runs = Runs(store.work)
        self._trainer: Any = None
        self._due = math.inf
        self._epoch_rng = torch.get_rng_state()
        self.begun = False
        self.saved = start.step if start else None
        self.problem: str | None = None

    def attach(self, trainer: Any) -> None:
        """Follow a trainer, which must have been made with `store.saving` as output directory."""
        self._trainer = trainer
        trainer.add_callback(self)
        # transformers calls this method in the middle of its loop, after the step is logged. TRL's own version writes a
        # model card as well, which is no part of a checkpoint.
        trainer._save_checkpoint = lambda _model, trial: self._save(trial)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Restore what transformers does not, and start the clock."""
        if self._start is not None:
            self._follower.go_on(sums.restore(self._trainer, self._start.path))
            log.event(f"going on from the checkpoint of step {self._start.step}")
        self._runs.begin(state.global_step, self._store.set_aside)
        self._due = time.monotonic() + self._interval
        self.begun = True

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Keep, or bring back, what the order of this epoch's data is drawn from."""
        if self._start is not None:
            torch.set_rng_state(sums.epoch_rng(self._start.path))
            # Only the first epoch is one that was begun before. transformers then loads the state of the step itself.
            self._start = None
        self._epoch_rng = torch.get_rng_state()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Ask for a checkpoint when one is due. After the last step none is: the result itself comes next."""
        self._runs.reached(state.global_step, now=self._stop.made)
        if state.global_step >= state.max_steps:
            return
        if self._stop.made:
            log.event(f"{self._stop.signal_name}: stopping after step {state.global_step}/{state.max_steps}")
            control.should_save = True
            control.should_training_stop = True
        elif time.monotonic() >= self._due:
            control.should_save = True

    def _save(self, trial: Any) -> None:
        trainer, step = self._trainer, int(self._trainer.state.global_step)
        if not math.isfinite(float(trainer._tr_loss)):
            # The next logged step ends the training; going on from here would end it again.
            return
        began = time.monotonic()
        try:
            size = self._write(trial, step)
        except (OSError, RuntimeError, ValueError, SafetensorError) as error:
            self._store.clear()
            self.problem = failures.classify(error).message
            kept = "there is none" if self.saved is None else f"that of step {self.saved} stays"
            log.event(f"the checkpoint of step {step} could not be written, {kept}: {self.problem}")
        else:
            self.saved, self.problem = step, None
            took = log.duration(time.monotonic() - began)
            log.event(f"checkpoint of step {step}/{trainer.state.max_steps}: {size} bytes in {took}")
        self._due = time.monotonic() + self._interval

    def _write(self, trial: Any, step: int) -> int:
        self._store.clear()
        Trainer._save_checkpoint(self._trainer, self._trainer.model, trial)
        written = self._store.saving / f"checkpoint-{step}"
        # A pickle that nothing reads: the arguments come from the stage document.
        (written / "training_args.bin").unlink(missing_ok=True)
        # A whole number of epochs is done: the next one draws its order from what the generator is now.
        between = float(self._trainer.state.epoch or 0).is_integer()
        rng = torch.get_rng_state() if between else self._epoch_rng
        sums.save(self._trainer, rng, self._follower.seconds_now(), written)
        shutil.copyfile(self._follower.path, written / Follower.NAME)
        return self._store.commit(written, step)


def log_of(start: Checkpoint) -> Path:
    """The log as it was when a checkpoint was written."""
    return start.path / Follower.NAME
