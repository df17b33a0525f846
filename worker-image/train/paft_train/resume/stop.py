"""SIGTERM during a training: noted, and granted at the end of a step, instead of raised wherever it arrives."""

import signal
from types import FrameType


class StopRequest:
    """Whether somebody asked the training to stop.

    Attributes:
        signal_name: the first signal that came; None while nobody asked.
    """

    def __init__(self) -> None:
        self.signal_name: str | None = None

    @property
    def made(self) -> bool:
        """Somebody asked."""
        return self.signal_name is not None

    def listen(self) -> None:
        """From now on a SIGTERM is noted here, and a second one changes nothing."""
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        # Nothing is printed here: the signal may have interrupted a print.
        self.signal_name = self.signal_name or signal.Signals(number).name
