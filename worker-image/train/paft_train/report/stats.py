"""Paired comparison of two models on the same samples. Pure."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

RESAMPLES: Final = 10_000
SEED: Final = 20240617
_CHUNK_CELLS: Final = 4_000_000
_FEW: Final = 32


@dataclass(frozen=True)
class Difference:
    """A mean difference with its standard error and 95 % interval.

    Attributes:
        mean: mean of the differences, in the metric's unit.
        stderr: standard error of the mean; None for a single sample.
        low: lower end of the 95 % interval; None when it is unknown.
        high: upper end.
        n: how many samples were compared.
        paired: whether the same samples were compared; otherwise the errors of two means were combined.
    """

    mean: float
    stderr: float | None
    low: float | None
    high: float | None
    n: int
    paired: bool


def paired(differences: list[float], seed: int = SEED) -> Difference:
    """Mean of per-sample differences, its standard error sd / sqrt(n), and the percentile bootstrap interval.

    10,000 resamples with a fixed seed. Resampling n differences with replacement is the same as drawing how often each
    distinct value occurs from a multinomial distribution, which is quicker when there are few of them (right or wrong).
    """
    values = np.asarray(differences, dtype=np.float64)
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Difference(mean, None, None, None, n, True)
    stderr = float(values.std(ddof=1) / math.sqrt(n))
    low, high = np.percentile(_resampled_means(values, np.random.default_rng(seed)), [2.5, 97.5])
    return Difference(mean, stderr, float(low), float(high), n, True)


def _resampled_means(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", rng: np.random.Generator) -> list[float]:
    n = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= _FEW:
        return list(rng.multinomial(n, counts / n, size=RESAMPLES) @ distinct / n)
    chunk = max(1, _CHUNK_CELLS // n)
    means: list[float] = []
    while len(means) < RESAMPLES:
        drawn = rng.integers(0, n, size=(min(chunk, RESAMPLES - len(means)), n))
        means.extend(values[drawn].mean(axis=1))
    return means


def unpaired(value_a: float, value_b: float, stderr_a: float | None, stderr_b: float | None, n: int) -> Difference:
    """Difference of two means whose samples cannot be paired: error sqrt(a^2 + b^2), normal interval."""
    mean = value_a - value_b
    if stderr_a is None or stderr_b is None:
        return Difference(mean, None, None, None, n, False)
    stderr = math.hypot(stderr_a, stderr_b)
    return Difference(mean, stderr, mean - 1.96 * stderr, mean + 1.96 * stderr, n, False)


def mean_of(parts: list[Difference], weights: list[float]) -> Difference:
    """Difference of a group: the weighted mean over its tasks, error sqrt(sum of (w * error)^2), normal interval.

    Args:
        parts: the differences on each task, taken as independent of each other.
        weights: the share of each task in the group's value; they add up to 1.
    """
    mean = math.fsum(weight * part.mean for part, weight in zip(parts, weights, strict=True))
    n = sum(part.n for part in parts)
    together = all(part.paired for part in parts)
    errors = [weight * part.stderr for part, weight in zip(parts, weights, strict=True) if part.stderr is not None]
    if len(errors) < len(parts):
        return Difference(mean, None, None, None, n, together)
    stderr = math.sqrt(math.fsum(error**2 for error in errors))
    return Difference(mean, stderr, mean - 1.96 * stderr, mean + 1.96 * stderr, n, together)
