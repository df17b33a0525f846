"""In which order faults come: decks of cards, shuffled by the seed."""

from collections import deque
from dataclasses import dataclass
from random import Random

from suite.fault import Fault

# Damage may end a pipeline for good: they are in every second deck only.
RARE = ("weights-damaged", "manifest-damaged")


@dataclass(frozen=True)
class Card:
    """A fault that is to come.

    Attributes:
        fault: what is done.
        pause: seconds before it.
        chance: seed of its own choices, such as the target.
    """

    fault: Fault
    pause: float
    chance: int


class Deck:
    """Cards without end: every fault comes once before any comes again, which independent draws would not promise."""

    def __init__(self, faults: dict[str, Fault], seed: int, *, shuffled: bool = True) -> None:
        self._faults = faults
        self._rng = Random(seed)
        self._shuffled = shuffled
        self._decks = 0
        self._cards: deque[Card] = deque()

    def draw(self) -> Card:
        """The next card."""
        if not self._cards:
            self._deal()
        return self._cards.popleft()

    def put_back(self, card: Card) -> None:
        """There was nothing that it could be done to: it comes again after the next one."""
        self._cards.insert(1, card)

    def _deal(self) -> None:
        # With only rare ones asked for, every deck has them.
        usual = [name for name in self._faults if name not in RARE]
        names = list(self._faults) if self._decks % 2 == 0 or not usual else usual
        self._decks += 1
        if self._shuffled:
            self._rng.shuffle(names)
        self._cards.extend(
            Card(self._faults[name], self._rng.uniform(0.3, 3.0), self._rng.randrange(1 << 30)) for name in names
        )
