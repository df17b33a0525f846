"""When a training has read its inputs."""

from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class InputsAreRead(TrainerCallback):
    """Confirms the inputs after the first step: weights may be mapped files, which are read when they are first used.

    Args:
        confirm: raises where an input was damaged meanwhile.
    """

    def __init__(self, confirm: Callable[[], None]) -> None:
        self._confirm = confirm
        self._confirmed = False

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Look once."""
        if not self._confirmed:
            self._confirm()
            self._confirmed = True
