"""What a fault is."""

from abc import ABC, abstractmethod
from random import Random
from typing import ClassVar

from suite.world import World


class Fault(ABC):
    """Something that goes wrong.

    Attributes:
        name: on the command line and in the table.
        needs_proxy: whether the operator's requests have to go through the proxy.
        needs_clock: whether the operator has to have a clock that can be wrong.
    """

    name: ClassVar[str]
    needs_proxy: ClassVar[bool] = False
    needs_clock: ClassVar[bool] = False

    @abstractmethod
    def inject(self, world: World, rng: Random) -> str:
        """Do it, and say to what; an empty text when there is nothing now that it could be done to."""

    def stay(self, rng: Random) -> float:  # noqa: ARG002
        """How many seconds it lasts."""
        return 0.0

    def heal(self, world: World) -> None:  # noqa: B027
        """Put right what does not heal by itself."""
