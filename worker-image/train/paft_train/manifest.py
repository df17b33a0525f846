"""`manifest.json`: the last file of an output, whose presence means that the output is complete."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from paft_train import files
from paft_train.document import API_VERSION, StageDocument

NAME: Final = "manifest.json"


@dataclass
class StageResult:
    """What a stage hands back to the contract layer.

    Attributes:
        message: one sentence for a person.
        metrics: numbers by name; at most 16 reach the termination message.
        resolved: parameters with every default filled in, threads, device, dtype.
        versions: program and library versions.
        digests: input name -> digest of what was really read, for inputs from outside.
        result: `report` only.
        runs: training only: one entry per start.
    """

    message: str
    metrics: dict[str, float] = field(default_factory=dict)
    resolved: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    runs: list[dict[str, Any]] | None = None


def now() -> str:
    """The time now, RFC 3339 in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def build(stage: StageDocument, result: StageResult, listed: list[files.FileEntry], start: str) -> dict[str, Any]:
    """The manifest of a finished stage whose files are `listed`."""
    inputs = {name: dict(item.asked) for name, item in stage.inputs.items()}
    for name, value in result.digests.items():
        inputs[name]["digest"] = value
    manifest: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "StageManifest",
        "node": stage.node,
        "stage": stage.kind,
        "key": stage.key,
        "parameters": dict(stage.parameters),
        "inputs": inputs,
        "resolved": result.resolved,
        "files": [asdict(entry) for entry in listed],
        "digest": files.digest(listed),
        "bytes": sum(entry.size for entry in listed),
        "versions": result.versions,
        "startTime": start,
        "completionTime": now(),
        "metrics": result.metrics,
    }
    if result.result is not None:
        manifest["result"] = result.result
    if result.runs is not None:
        manifest["runs"] = result.runs
    return manifest


def read(output: Path) -> dict[str, Any] | None:
    """The manifest of an output directory; None when there is none. Raises ValueError when it cannot be read."""
    try:
        text = (output / NAME).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return value


def verify(output: Path, manifest: dict[str, Any], key: str) -> str | None:
    """Check an output against its manifest. None when it is good, else what is wrong."""
    if manifest.get("kind") != "StageManifest" or manifest.get("key") != key:
        return "the manifest is of another stage"
    problem = damage(output, manifest.get("files"))
    if problem is None and manifest.get("digest") != files.digest(_entry(item) for item in manifest["files"]):
        return "the digest does not belong to the files"
    return problem


def damage(directory: Path, listed: Any) -> str | None:
    """Compare files with a manifest's list. None when all are there and whole, else what is wrong."""
    if not isinstance(listed, list):
        return "the manifest lists no files"
    for item in listed:
        try:
            entry = _entry(item)
        except (TypeError, KeyError, ValueError):
            return "the manifest lists a file without path, size or sha256"
        path = directory / entry.path
        if not path.is_file():
            return f"{entry.path} is missing"
        if path.stat().st_size != entry.size:
            return f"{entry.path} has {path.stat().st_size} bytes instead of {entry.size}"
        if files.sha256_file(path) != entry.sha256:
            return f"{entry.path} has another sha256"
    return None


def _entry(item: Any) -> files.FileEntry:
    return files.FileEntry(str(item["path"]), int(item["size"]), str(item["sha256"]))
