"""Hashes, durable writes and digests of files and directories."""

import hashlib
import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FileEntry:
    """One file of a directory: its path relative to it (with `/`), size in bytes, sha256 in hex."""

    path: str
    size: int
    sha256: str


def sha256_file(path: Path) -> str:
    """sha256 of a file's content, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def entries(directory: Path) -> list[FileEntry]:
    """All regular files below a directory, sorted by path; a single file is an entry named after itself."""
    if directory.is_file():
        return [FileEntry(directory.name, directory.stat().st_size, sha256_file(directory))]
    files = sorted((p for p in directory.rglob("*") if p.is_file()), key=lambda p: p.relative_to(directory).as_posix())
    return [FileEntry(p.relative_to(directory).as_posix(), p.stat().st_size, sha256_file(p)) for p in files]


def digest(files: Iterable[FileEntry]) -> str:
    """`sha256:` + sha256 of the lines `<sha256>  <path>` and a line feed, in the given order."""
    lines = "".join(f"{entry.sha256}  {entry.path}\n" for entry in files)
    return "sha256:" + hashlib.sha256(lines.encode()).hexdigest()


def open_to_readers(directory: Path) -> None:
    """Let every user read what is below a directory: safetensors writes files that only their owner may read."""
    for path in (directory, *directory.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def fsync_tree(directory: Path) -> None:
    """Make every file and directory below a directory, and itself, durable."""
    for root, _, names in os.walk(directory):
        for name in names:
            _fsync(Path(root) / name)
        _fsync(Path(root))


def write_durable(path: Path, content: bytes) -> None:
    """Write a file so that it appears complete or not at all: temporary file, fsync, rename, fsync of the directory."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.rename(path)
    _fsync(path.parent)


def rename_durable(source: Path, target: Path) -> None:
    """Rename and make the rename durable."""
    source.rename(target)
    _fsync(target.parent)


def to_json(value: Any, indent: int | None = 2) -> str:
    """JSON with NaN and infinities as null, since neither is JSON. Ends with a line feed when indented."""
    text = json.dumps(finite(value), indent=indent, ensure_ascii=False, allow_nan=False)
    return text + "\n" if indent else text


def finite(value: Any) -> Any:
    """The value with every NaN and infinity replaced by None, recursively; tuples become lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Write one JSON document per line."""
    with path.open("w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(to_json(row, indent=None) + "\n")


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
