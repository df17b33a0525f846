"""Rounds: pipelines run, faults are injected one after the other, and what came of it is judged."""

import time
from dataclasses import asdict, dataclass
from random import Random

from suite.api import ApiError
from suite.checks import Reference, Verdict, forget, judge
from suite.deck import Deck
from suite.fault import Fault
from suite.pipeline import Run
from suite.world import World

TICK_SECONDS = 0.4
# How long a fault waits for something that it can be done to.
PATIENCE_SECONDS = 15
SELECTIVE_PATIENCE_SECONDS = 120
ROUND_SECONDS = 900


@dataclass(frozen=True)
class Injected:
    """A fault that happened.

    Attributes:
        fault: its name.
        target: what it was done to.
        moment: seconds since the round began.
        stayed: seconds until it was healed.
        pipelines: those that ran meanwhile.
    """

    fault: str
    target: str
    moment: float
    stayed: float
    pipelines: tuple[str, ...]


class Round:
    """Some pipelines side by side, and what is done to them."""

    def __init__(self, world: World, names: list[str], steps: int, *, spared: str = "") -> None:
        self._world = world
        self._begin = time.monotonic()
        world.runs = []
        self.runs = [world.start(name, steps) for name in names]
        self.spared = world.start(spared, steps, spared=True) if spared else None
        self.injected: list[Injected] = []

    def disturb(self, deck: Deck, most: int, end: float) -> None:
        """Inject faults until there were `most`, the pipelines have ended, or the clock says `end`."""
        while len(self.injected) < most and time.monotonic() < end:
            card = deck.draw()
            self._wait(card.pause)
            if self._over() or not self._try(card.fault, Random(card.chance)):
                deck.put_back(card)
            if self._over():
                return

    def finish(self) -> None:
        """Let the pipelines end undisturbed."""
        while not self._over() or (self.spared is not None and not self.spared.ended() and not self._late()):
            self._wait(TICK_SECONDS)

    def verdicts(self, reference: Reference | None) -> list[Verdict]:
        """Judge the pipelines, and delete them."""
        found = []
        for run in self.runs:
            verdict = judge(run, self._world, reference)
            verdict.wrong += forget(run, self._world)
            found.append(verdict)
        return found

    def _try(self, fault: Fault, rng: Random) -> bool:
        """Inject a fault as soon as there is something to do it to; False when nothing came in time."""
        end = time.monotonic() + (SELECTIVE_PATIENCE_SECONDS if self._world.selective else PATIENCE_SECONDS)
        while True:
            running = tuple(run.name for run in self.runs if not run.ended())
            begin = time.monotonic()
            target = self._inject(fault, rng)
            if target:
                try:
                    time.sleep(fault.stay(rng))
                finally:
                    fault.heal(self._world)
                now = time.monotonic()
                self.injected.append(Injected(fault.name, target, begin - self._begin, now - begin, running))
                print(f"  {begin - self._begin:6.1f} s  {fault.name:<22} {target}", flush=True)
                return True
            if time.monotonic() > end:
                return False
            self._wait(TICK_SECONDS)
            if self._over():
                return False

    def _inject(self, fault: Fault, rng: Random) -> str:
        try:
            return fault.inject(self._world, rng)
        except ApiError as error:
            # What it was to be done to has gone, or changed, in between.
            if error.code in (404, 409):
                return ""
            raise

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            self._world.observe()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(TICK_SECONDS, left))

    def _over(self) -> bool:
        return all(run.ended() for run in self.runs) or self._late()

    def _late(self) -> bool:
        return time.monotonic() - self._begin > ROUND_SECONDS


def table(injected: list[Injected], verdicts: list[Verdict]) -> list[dict[str, object]]:
    """One row per fault: how often, what was lost to it, and in how many pipelines that met it something was wrong."""
    rows = []
    wrong = {verdict.pipeline for verdict in verdicts if verdict.wrong}
    lost = [lost for verdict in verdicts for lost in verdict.lost]
    for name in dict.fromkeys(item.fault for item in injected):
        mine = [item for item in injected if item.fault == name]
        losses = [item for item in lost if item.fault == name]
        rows.append(
            {
                "fault": name,
                "times": len(mine),
                "resumes": len(losses),
                "lost_steps": sum(item.steps for item in losses),
                "lost_seconds": round(sum(item.seconds for item in losses), 1),
                "worst_seconds": round(max((item.seconds for item in losses), default=0), 1),
                "wrong": len(wrong & {pipeline for item in mine for pipeline in item.pipelines}),
            }
        )
    return rows


def describe(verdict: Verdict, run: Run) -> dict[str, object]:
    """A verdict for the file of results, with the whole status when something is wrong."""
    described: dict[str, object] = {**asdict(verdict), "damage": run.damage, "hits": [asdict(hit) for hit in run.hits]}
    if verdict.wrong:
        described["status"] = run.status
    return described
