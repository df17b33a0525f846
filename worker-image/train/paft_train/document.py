"""The stage document: what the environment variable PAFT_STAGE holds, parsed and checked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from paft_train.errors import StageError

API_VERSION: Final = "paft.io/v1alpha1"
KINDS: Final = ("fetch", "sft", "preference", "merge", "evaluate", "report")
CHECKPOINT_INTERVAL: Final = 600.0
"""Seconds between two checkpoints of a training, where the document does not say."""

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StageInput:
    """One input of a stage: data from outside (`uri`), or the output directory of another stage (`stage`, `key`)."""

    path: Path
    uri: str | None
    stage: str | None
    key: str | None
    asked: Mapping[str, Any]

    @property
    def kind(self) -> str | None:
        """Kind of the stage it comes from (`fetch`, `sft`, ...); None for data from outside."""
        return None if self.stage is None else self.path.parent.name

    @property
    def name(self) -> str:
        """How to call it in a message for a person."""
        return self.uri if self.uri is not None else f"the output of stage {self.stage}"


@dataclass(frozen=True)
class StageDocument:
    """A checked stage document. Paths are absolute; `parameters` are what a person wrote, with nothing filled in."""

    node: str
    kind: str
    key: str
    workspace: Path
    output: Path
    inputs: Mapping[str, StageInput]
    parameters: Mapping[str, Any]
    namespace: str
    pipeline: str
    checkpoint_interval: float = CHECKPOINT_INTERVAL

    @property
    def work(self) -> Path:
        """Directory of what outlives an attempt but is no part of the output."""
        return self.output.with_name(self.output.name + ".work")

    def input(self, name: str) -> StageInput:
        """The input of this name. Raises InvalidStage when the document lacks it."""
        if name not in self.inputs:
            raise StageError("InvalidStage", f"PAFT_STAGE: a stage of kind {self.kind} needs the input {name!r}.")
        return self.inputs[name]

    def display(self, path: Path) -> str:
        """The path as a person knows it: relative to the workspace where it lies in there."""
        return str(path.relative_to(self.workspace)) if path.is_relative_to(self.workspace) else str(path)


def parse(text: str | None) -> StageDocument:
    """Read a stage document. Raises InvalidStage with what is wrong; unknown fields are ignored."""
    if not text:
        raise StageError("InvalidStage", "the environment variable PAFT_STAGE is missing or empty.")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise StageError("InvalidStage", f"PAFT_STAGE is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise StageError("InvalidStage", "PAFT_STAGE must be a JSON object.")
    if document.get("apiVersion") != API_VERSION:
        raise StageError(
            "InvalidStage", f"PAFT_STAGE: apiVersion is {document.get('apiVersion')!r}; this image reads {API_VERSION}."
        )
    kind = _string(document, "kind")
    if kind not in KINDS:
        raise StageError("InvalidStage", f"PAFT_STAGE: kind {kind!r} is not one of {', '.join(KINDS)}.")
    key = _string(document, "key")
    if not _KEY.fullmatch(key):
        raise StageError("InvalidStage", f"PAFT_STAGE: key {key!r} is not 64 hexadecimal digits.")
    workspace = Path(_string(document, "workspace"))
    if not workspace.is_absolute():
        raise StageError("InvalidStage", f"PAFT_STAGE: workspace {str(workspace)!r} is not an absolute path.")
    output = _string(document, "output")
    if output != f"{kind}/{key}":
        raise StageError("InvalidStage", f"PAFT_STAGE: output is {output!r}, but must be {kind}/{key}.")
    return StageDocument(
        node=_string(document, "node"),
        kind=kind,
        key=key,
        workspace=workspace,
        output=workspace / output,
        inputs={name: _input(workspace, name, value) for name, value in _object(document, "inputs").items()},
        parameters=_object(document, "parameters"),
        namespace=str(document.get("namespace", "")),
        pipeline=str(document.get("pipeline", "")),
        checkpoint_interval=_interval(document.get("checkpointIntervalSeconds")),
    )


def _interval(value: Any) -> float:
    if value is None:
        return CHECKPOINT_INTERVAL
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise StageError(
            "InvalidStage", f"PAFT_STAGE: checkpointIntervalSeconds must be a number above 0, but is {value!r}."
        )
    return float(value)


def _input(workspace: Path, name: str, value: Any) -> StageInput:
    where = f"inputs.{name}"
    if not isinstance(value, dict):
        raise StageError("InvalidStage", f"PAFT_STAGE: {where} must be an object.")
    path = _string(value, "path", where)
    if ".." in Path(path).parts:
        raise StageError("InvalidStage", f"PAFT_STAGE: {where}.path {path!r} must not contain '..'.")
    if "uri" in value:
        return StageInput(workspace / path, _string(value, "uri", where), None, None, value)
    stage, key = _string(value, "stage", where), _string(value, "key", where)
    if not _KEY.fullmatch(key):
        raise StageError("InvalidStage", f"PAFT_STAGE: {where}.key {key!r} is not 64 hexadecimal digits.")
    return StageInput(workspace / path, None, stage, key, value)


def _string(document: Mapping[str, Any], field: str, where: str = "") -> str:
    value = document.get(field)
    name = f"{where}.{field}" if where else field
    if not isinstance(value, str) or not value:
        raise StageError("InvalidStage", f"PAFT_STAGE: the field {name} is missing or not a string.")
    return value


def _object(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = document.get(field)
    if not isinstance(value, dict):
        raise StageError("InvalidStage", f"PAFT_STAGE: the field {field} is missing or not an object.")
    return value
