"""The termination message: one JSON document of at most 4096 bytes for the kubelet."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from paft_train import log

LIMIT: Final = 4096
METRICS_LIMIT: Final = 16
SUBJECT_METRICS_LIMIT: Final = 8


def build(
    outcome: str, reason: str, message: str, manifest: Mapping[str, Any] | None = None, *, step: int | None = None
) -> dict[str, Any]:
    """The fields of the message; metrics, digest, bytes and result are those of the manifest."""
    document: dict[str, Any] = {"outcome": outcome, "reason": reason, "message": message}
    if step is not None:
        document["step"] = step
    if manifest is not None:
        numbers = {str(k): v for k, v in manifest.get("metrics", {}).items() if _is_number(v)}
        document["metrics"] = {k: rounded(v) for k, v in list(numbers.items())[:METRICS_LIMIT]}
        document["digest"] = manifest.get("digest")
        document["bytes"] = manifest.get("bytes")
        if manifest.get("result") is not None:
            document["result"] = manifest["result"]
    return document


def encode(document: Mapping[str, Any]) -> bytes:
    """The document as at most `LIMIT` bytes of JSON: detail is dropped and text is cut, never the JSON itself.

    In this order: all but 8 metrics of each subject, all metrics of subjects, the text of the message, the scores
    but that of the best subject.
    """
    fitted = dict(document)
    for subject_metrics in (SUBJECT_METRICS_LIMIT, 0):
        if "result" in document:
            fitted["result"] = _trim(document["result"], subject_metrics)
        if len(_dump(fitted)) <= LIMIT:
            return _dump(fitted)
    fitted["message"] = _cut(fitted, str(document["message"]))
    if len(_dump(fitted)) > LIMIT and "result" in fitted:
        result = fitted["result"]
        fitted["result"] = {**result, "scores": [s for s in result["scores"] if s["subject"] == result["best"]]}
        fitted["message"] = _cut(fitted, str(document["message"]))
    return _dump(fitted)


def write(document: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Write the message to the file that PAFT_TERMINATION_LOG names, or where the kubelet looks by default.

    A place that cannot be written is logged, not an error: the outcome of the stage does not depend on it.
    """
    target = Path(environment.get("PAFT_TERMINATION_LOG") or "/dev/termination-log")
    try:
        target.write_bytes(encode(document))
    except OSError as error:
        log.event(f"the termination message could not be written to {target}: {error.strerror}")


def rounded(value: float) -> float:
    """A number to six significant digits; integers stay whole."""
    return value if isinstance(value, int) else float(f"{value:.6g}")


def _trim(result: Mapping[str, Any], limit: int) -> dict[str, Any]:
    scores = []
    for item in result.get("scores", []):
        metrics = {name: rounded(value) for name, value in list(item.get("metrics", {}).items())[:limit]}
        scores.append({k: v for k, v in item.items() if k != "metrics"} | ({"metrics": metrics} if metrics else {}))
    return {**result, "scores": scores}


def _cut(document: Mapping[str, Any], message: str) -> str:
    spare = LIMIT - len(_dump({**document, "message": ""}))
    if len(_dump({**document, "message": message})) <= LIMIT:
        return message
    low, high = 0, len(message)
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(json.dumps(message[:middle] + "...", ensure_ascii=False).encode()) - 2 <= spare
        low, high = (middle, high) if fits else (low, middle - 1)
    return message[:low] + "..."


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
