"""Datasets: reading, and the checks that make a bad one fail before anything is trained."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from paft_train.datafiles import dataset_files
from paft_train.errors import StageError

Row = dict[str, Any]

SFT_FORMATS: Final = (("prompt", "completion"), ("messages",), ("text",))
PREFERENCE_FORMATS: Final = (("prompt", "chosen", "rejected"), ("chosen", "rejected"))


@dataclass(frozen=True)
class Dataset:
    """A checked dataset.

    Attributes:
        rows: only the columns of the format; every value of a column has the same form.
        columns: the columns of the format, for example ("prompt", "completion").
        conversational: the values are message lists and need a chat template, not strings.
        files: what was read.
    """

    rows: list[Row]
    columns: tuple[str, ...]
    conversational: bool
    files: list[Path]

    @property
    def format(self) -> str:
        """The name of the format, for logs and manifests."""
        return "+".join(self.columns) + (" (messages)" if self.conversational else " (text)")


def load(path: Path, split: str, name: str, formats: tuple[tuple[str, ...], ...]) -> Dataset:
    """Read and check a dataset: every row, so that a mistake at the end is not found after hours of training.

    Args:
        path: a .jsonl, .json or .parquet file, or a directory of them (see `datafiles.dataset_files`).
        split: which split of a directory.
        name: what to call the dataset in messages.
        formats: the column sets that would do, best first.

    Raises:
        StageError: DatasetNotFound, DatasetMalformed, DatasetColumnMissing or DatasetEmpty, with file and line.
    """
    chosen = dataset_files(path, split, name)
    rows: list[Row] = []
    columns: tuple[str, ...] = ()
    conversational = False
    for file in chosen:
        label = name if file == path else f"{name}/{file.relative_to(path).as_posix()}"
        for number, row in _read(file, label):
            where = f"{label}, {'row' if file.suffix == '.parquet' else 'line'} {number}"
            if not rows:
                columns = _format_of(row, formats, where)
                conversational = _is_conversation(row[columns[-1]])
            rows.append(_checked(row, columns, conversational, where, formats))
    if not rows:
        raise StageError("DatasetEmpty", f"{name}: it has no rows.")
    return Dataset(rows, columns, conversational, chosen)


def _read(file: Path, label: str) -> Iterator[tuple[int, Row]]:
    """Rows of one file with their line (or row) numbers, counted from 1."""
    try:
        if file.suffix == ".parquet":
            yield from _read_parquet(file, label)
        elif file.suffix == ".json":
            yield from _read_json(file, label)
        else:
            yield from _read_jsonl(file, label)
    except PermissionError as error:
        raise StageError("DatasetNotFound", f"{label}: this user may not read it ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise StageError(
            "DatasetMalformed", f"{label}: not UTF-8 text (byte {error.start}: {error.reason})."
        ) from error


def _read_jsonl(file: Path, label: str) -> Iterator[tuple[int, Row]]:
    with file.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                column = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
                text = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                raise StageError(
                    "DatasetMalformed",
                    f"{label}, line {number}: not JSON ({text}{column}). Each line must be one JSON object.",
                ) from error
            yield number, _object(row, f"{label}, line {number}")


def _read_json(file: Path, label: str) -> Iterator[tuple[int, Row]]:
    try:
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            yield from _read_jsonl(file, label)
            return
        raise StageError(
            "DatasetMalformed", f"{label}, line {error.lineno}: not JSON ({error.msg} at column {error.colno})."
        ) from error
    if isinstance(value, dict):
        value = value["data"] if isinstance(value.get("data"), list) else [value]
    if not isinstance(value, list):
        raise StageError("DatasetMalformed", f"{label}, line 1: must be a list of objects.")
    for number, row in enumerate(value, 1):
        yield number, _object(row, f"{label}, item {number}")


def _read_parquet(file: Path, label: str) -> Iterator[tuple[int, Row]]:
    import pyarrow
    from pyarrow import parquet

    try:
        number = 0
        with parquet.ParquetFile(file) as source:
            for batch in source.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pyarrow.ArrowException, pyarrow.ArrowInvalid) as error:
        raise StageError("DatasetMalformed", f"{label}, row {number + 1}: not readable Parquet ({error}).") from error


def _object(row: Any, where: str) -> Row:
    if not isinstance(row, dict):
        raise StageError("DatasetMalformed", f"{where}: must be a JSON object, but is {_kind(row)}.")
    return row


def _format_of(row: Row, formats: tuple[tuple[str, ...], ...], where: str) -> tuple[str, ...]:
    for columns in formats:
        if all(row.get(column) is not None for column in columns) and not _prompt_is_repeated(row, columns):
            return columns
    raise _column_missing(row, formats, where)


def _prompt_is_repeated(row: Row, columns: tuple[str, ...]) -> bool:
    """Whether `prompt` is a plain copy of what the conversations in `chosen` and `rejected` begin with anyway.

    Widely used preference datasets are published like this; the conversations alone say everything.
    """
    chosen = row.get("chosen")
    if "prompt" not in columns or not isinstance(row.get("prompt"), str) or not isinstance(chosen, list) or not chosen:
        return False
    first = chosen[0]
    return isinstance(first, dict) and first.get("role") != "assistant"


def _column_missing(row: Row, formats: tuple[tuple[str, ...], ...], where: str) -> StageError:
    would_do = " or ".join("{" + ", ".join(columns) + "}" for columns in formats)
    found = ", ".join(str(key) for key in row) or "none"
    return StageError("DatasetColumnMissing", f"{where}: found the columns {found}; what would do is {would_do}.")


def _checked(
    row: Row, columns: tuple[str, ...], conversational: bool, where: str, formats: tuple[tuple[str, ...], ...]
) -> Row:
    """The row with only the format's columns, checked to have the same form as the first row."""
    if any(row.get(column) is None for column in columns):
        raise _column_missing(row, (columns,) if _format_exists(row, formats) else formats, where)
    checked: Row = {}
    for column in columns:
        value = row[column]
        if _is_conversation(value) != conversational:
            expected = "a list of messages" if conversational else "a string"
            raise StageError(
                "DatasetMalformed",
                f"{where}: {column!r} must be {expected} like the first row's, but is {_kind(value)}.",
            )
        checked[column] = _messages(value, column, where) if conversational else _text(value, column, where)
    if columns == ("chosen", "rejected") and not conversational:
        raise StageError(
            "DatasetColumnMissing",
            f"{where}: found the columns {', '.join(row)}; 'chosen' and 'rejected' as text need a 'prompt'.",
        )
    return checked


def _format_exists(row: Row, formats: tuple[tuple[str, ...], ...]) -> bool:
    return any(all(row.get(column) is not None for column in columns) for columns in formats)


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list)


def _text(value: Any, column: str, where: str) -> str:
    if not isinstance(value, str):
        raise StageError("DatasetMalformed", f"{where}: {column!r} must be a string, but is {_kind(value)}.")
    if not value and column != "prompt":
        raise StageError("DatasetMalformed", f"{where}: {column!r} is empty.")
    return _whole(value, repr(column), where)


def _whole(text: str, what: str, where: str) -> str:
    r"""JSON may write half a character, such as \ud83d without its other half; no tokenizer takes it."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(text[error.start]):04x}"
        raise StageError(
            "DatasetMalformed", f"{where}: {what} has half of a surrogate pair, {half}, at position {error.start}."
        ) from error
    return text


def _messages(value: list[Any], column: str, where: str) -> list[dict[str, str]]:
    if not value:
        raise StageError("DatasetMalformed", f"{where}: {column!r} has no messages.")
    checked = []
    for index, message in enumerate(value):
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(role, str) or not isinstance(content, str):
            raise StageError(
                "DatasetMalformed",
                f"{where}: {column}[{index}] must be an object with the strings 'role' and 'content'.",
            )
        told = f"{column}[{index}]"
        checked.append({"role": _whole(role, told, where), "content": _whole(content, told, where)})
    return checked


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null" if value is None else type(value).__name__)
