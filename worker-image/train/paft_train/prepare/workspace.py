"""How a demonstration gets into a workspace: pieces appear complete or not at all, and a finished one is not redone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paft_train import __version__, files, log
from paft_train.errors import StageError

Writer = Callable[[Path], None]


def install(workspace: Path, name: str, settings: dict[str, Any], pieces: dict[str, Writer]) -> None:
    """Make every piece (directory relative to the workspace -> what writes it), then the manifest of the whole.

    The manifest is `prepared/<name>.json`. When it is there, made with the same settings, and every piece exists,
    nothing is done. A piece that exists without the manifest is made again.

    Raises:
        StageError: WorkspaceReadOnly when there is no such workspace, InvalidParameter when the demonstration is there
            with other settings.
    """
    if not workspace.is_dir():
        raise StageError("WorkspaceReadOnly", f"there is no workspace {workspace}.")
    marker = workspace / "prepared" / f"{name}.json"
    if _is_done(marker, settings, [workspace / piece for piece in pieces]):
        log.event(f"{name} is already prepared in {workspace}")
        return
    for piece, write in pieces.items():
        log.event(f"writing {piece}")
        _replace(workspace / piece, write)
    marker.parent.mkdir(exist_ok=True)
    listed = {piece: files.digest(files.entries(workspace / piece)) for piece in pieces}
    document = {"kind": "Prepared", "name": name, "settings": settings, "pieces": listed, "version": __version__}
    files.write_durable(marker, files.to_json(document).encode())
    log.event(f"{name} is prepared: {', '.join(pieces)}")


def _is_done(marker: Path, settings: dict[str, Any], pieces: list[Path]) -> bool:
    if not marker.is_file() or not all(piece.is_dir() for piece in pieces):
        return False
    old = json.loads(marker.read_text(encoding="utf-8")).get("settings")
    if old != settings:
        raise StageError(
            "InvalidParameter",
            f"{marker} was made with {old}, not {settings}. Remove it to prepare the demonstration again.",
        )
    return True


def _replace(target: Path, write: Writer) -> None:
    temporary = target.with_name(target.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    write(temporary)
    files.open_to_readers(temporary)
    files.fsync_tree(temporary)
    if target.exists():
        shutil.rmtree(target)
    files.rename_durable(temporary, target)
