"""Prints the table of two results of JMH: kernels with the Vector API and their scalar references.

python table.py vector.json scalar.json
"""

import json
import statistics
import sys
from pathlib import Path

# Bytes that a kernel reads and writes for an element, copies included; the factors of an adapter stay in the cache.
BYTES = {
    "decodeBf16": 6,
    "decodeF16": 6,
    "encodeBf16": 6,
    "encodeF16": 6,
    "topKHigh": 4,
    "topKLow": 4,
    "window": 4,
    "countEqual": 4,
    "trim": 16,
    "shrink": 16,
    "subtract": 12,
    "taskArithmetic": 16,
    "tiesOfTwo": 16,
    "tiesOfThree": 20,
    "lowRank": 4,
    "dot": 8,
    "sumOfMagnitudes": 4,
    "countAtMost": 4,
    "countEqualInBf16": 8,
    "countSame": 8,
    "countOpposite": 8,
    "momentsOfADelta": 4,
    "momentsOfValues": 4,
    "momentsOfAPair": 8,
    "momentsOfTwoDeltas": 8,
    "momentsOfABase": 12,
    "largest": 4,
    "decisionsOfTwoElected": 8,
    "decisionsOfTwo": 8,
    "decisionsOfThreeElected": 12,
    "sceVariance": 12,
    "sceCombine": 16,
    "dellaDense": 8,
    "dellaSparse": 8,
}
# Scalar code whatever the processor: no twin to compare with.
WITHOUT_TWIN = {
    "decodeF16",
    "encodeF16",
    "topKHigh",
    "subtract",
    "taskArithmetic",
    "sceVariance",
    "sceCombine",
    "dellaDense",
    "dellaSparse",
}


def scores(path: str) -> dict[tuple[str, int], list[float]]:
    """Microseconds for one call, of every iteration in ascending order, by kernel and number of elements."""
    found = {}
    for result in json.loads(Path(path).read_text(encoding="utf-8")):
        times = sorted(time for fork in result["primaryMetric"]["rawData"] for time in fork)
        found[result["benchmark"].rsplit(".", 1)[1], int(result["params"]["elements"])] = times
    return found


def rate(kernel: str, elements: int, times: list[float]) -> str:
    """GB/s of the best iteration, and how much longer the median took: what else ran only adds time."""
    best = times[0]
    return f"{BYTES[kernel] * elements / best / 1000:.1f} (+{100 * (statistics.median(times) / best - 1):.0f} %)"


def main(vector_file: str, scalar_file: str) -> None:
    """Prints a line for every kernel and size."""
    vector, scalar = scores(vector_file), scores(scalar_file)
    print("| kernel | elements | vector: GB/s | scalar: GB/s | times faster |")
    print("|---|---|---|---|---|")
    for kernel, elements in sorted(vector, key=lambda key: (list(BYTES).index(key[0]), key[1])):
        fast, slow = vector[kernel, elements], scalar[kernel, elements]
        if kernel in WITHOUT_TWIN:
            print(f"| `{kernel}` | {elements:,} | | {rate(kernel, elements, slow)} | no twin |")
        else:
            print(
                f"| `{kernel}` | {elements:,} | {rate(kernel, elements, fast)} | {rate(kernel, elements, slow)}"
                f" | {slow[0] / fast[0]:.1f} |"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
