"""The command line: `python3 -m suite [--faults N] [--seed N] [--only NAME,...] [--short]`."""

import argparse
import itertools
import json
import signal
import sys
import time
from pathlib import Path

from suite.checks import Reference, Verdict
from suite.clock import library
from suite.deck import Deck
from suite.faults import FAULTS
from suite.rounds import Injected, Round, describe, table
from suite.world import World

REPOSITORY = Path(__file__).resolve().parents[3]
CLUSTER = REPOSITORY / "dev/cluster/.run"
RESULTS = REPOSITORY / "target/chaos.json"

# In this order, which is that of a pipeline's life.
SHORT = ("operator-killed", "pod-deleted", "eviction", "job-deleted", "apiserver-killed")


def main() -> int:
    """Run it; 1 when anything was wrong."""
    options = _options()
    # Whoever ends it, it puts the cluster right first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    print(f"seed {options.seed}, {options.faults} faults", flush=True)
    world = World(CLUSTER, REPOSITORY, f"chaos-{options.seed}-{int(time.time()) % 100000}")
    results = Results(options.seed)
    world.selective = options.short
    try:
        world.open()
        if not options.short:
            chosen = [FAULTS[name] for name in options.only]
            world.prepare_operator(
                proxy=any(fault.needs_proxy for fault in chosen), clock=any(fault.needs_clock for fault in chosen)
            )
        _rounds(world, options, results)
    finally:
        results.write(world)
        world.close()
    results.print()
    fewer = len(results.injected) < options.faults and time.monotonic() < options.end
    return 1 if results.wrong() or fewer else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev/chaos/run", description=__doc__)
    parser.add_argument("--faults", type=int, default=200, help="how many to inject (200)")
    parser.add_argument("--seed", type=int, default=1, help="decides faults, moments and targets (1)")
    parser.add_argument("--only", default=",".join(FAULTS), help="names of faults, with commas; all of them")
    parser.add_argument("--minutes", type=float, default=1e6, help="inject no more after so many minutes")
    parser.add_argument("--pipelines", type=int, default=3, help="how many run side by side (3)")
    parser.add_argument("--steps", type=int, default=600, help="of the SFT training (600)")
    parser.add_argument("--short", action="store_true", help="the selection of make test: each of five faults once")
    options = parser.parse_args()
    options.end = time.monotonic() + 60 * options.minutes
    options.only = list(SHORT) if options.short else options.only.split(",")
    unknown = [name for name in options.only if name not in FAULTS]
    if unknown:
        parser.error(f"no such fault: {', '.join(unknown)}. There are: {', '.join(FAULTS)}")
    if any(FAULTS[name].needs_clock for name in options.only) and library() is None:
        parser.error("clock-skewed needs libfaketime (Debian: apt-get install libfaketime); or name others with --only")
    if options.short:
        options.faults, options.pipelines = len(SHORT), 1
    return options


def _rounds(world: World, options: argparse.Namespace, results: "Results") -> None:
    reference = None
    if not options.short:
        print("undisturbed", flush=True)
        first = Round(world, ["undisturbed"], options.steps)
        first.finish()
        reference = Reference.of(first.runs[0], world)
        results.add(first, first.verdicts(None))
    deck = Deck({name: FAULTS[name] for name in options.only}, options.seed, shuffled=not options.short)
    for number in itertools.count(1):
        left = options.faults - len(results.injected)
        if left <= 0 or time.monotonic() > options.end:
            return
        names = [f"r{number}-{index}" for index in range(1, options.pipelines + 1)]
        print(f"round {number}: {', '.join(names)}", flush=True)
        # In the short run, the one to compare with runs beside the others.
        this = Round(world, names, options.steps, spared="" if reference else "spared")
        this.disturb(deck, left, options.end)
        this.finish()
        if this.spared is not None:
            reference = Reference.of(this.spared, world)
        verdicts = this.verdicts(reference)
        results.add(this, verdicts)
        for verdict in verdicts:
            print(f"  {verdict.pipeline}: {verdict.outcome}" + "".join(f"\n    WRONG: {it}" for it in verdict.wrong))


class Results:
    """What was done and what came of it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._begin = time.monotonic()
        self.injected: list[Injected] = []
        self.verdicts: list[Verdict] = []
        self._described: list[dict[str, object]] = []

    def add(self, this: Round, verdicts: list[Verdict]) -> None:
        """Take over the results of a round."""
        self.injected += this.injected
        self.verdicts += verdicts
        self._described += [describe(verdict, run) for verdict, run in zip(verdicts, this.runs, strict=True)]

    def wrong(self) -> int:
        """How many pipelines did not end as they should."""
        return sum(bool(verdict.wrong) for verdict in self.verdicts)

    def write(self, world: World) -> None:
        """Write all of it to target/chaos.json."""
        document = {
            "seed": self._seed,
            "seconds": round(time.monotonic() - self._begin),
            "faults": len(self.injected),
            "wrong": self.wrong(),
            "table": table(self.injected, self.verdicts),
            "injected": [vars(item) for item in self.injected],
            "pipelines": self._described,
            "proxy": {} if world.proxy is None else world.proxy.answers,
        }
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(document, indent=1), encoding="utf-8")

    def print(self) -> None:
        """Print the table."""
        print(f"\n{'FAULT':<22}{'TIMES':>6}{'RESUMES':>9}{'LOST STEPS':>12}{'SECONDS':>9}{'WORST':>8}{'WRONG':>7}")
        for row in table(self.injected, self.verdicts):
            print(
                f"{row['fault']:<22}{row['times']:>6}{row['resumes']:>9}{row['lost_steps']:>12}{row['lost_seconds']:>9}"
                f"{row['worst_seconds']:>8}{row['wrong']:>7}"
            )
        print(
            f"seed {self._seed}: {len(self.injected)} faults, {len(self.verdicts)} pipelines, {self.wrong()} wrong, "
            f"{time.monotonic() - self._begin:.0f} s"
        )


if __name__ == "__main__":
    sys.exit(main())
