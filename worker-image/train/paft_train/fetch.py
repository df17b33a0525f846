"""The stage `fetch`: a model or a dataset from the hub, at an immutable revision, into `content/`."""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paft_train import checkpoint, hub, log, progress
from paft_train.document import StageDocument
from paft_train.errors import StageError
from paft_train.fetch_progress import follow
from paft_train.manifest import StageResult

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

URI: Final = re.compile(r"hf://(?P<repo>[\w.-]+/[\w.-]+)@(?P<revision>[0-9a-f]{40})")
PATTERNS: Final = {
    "model": ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "*.gguf"],
    "dataset": ["*.parquet", "*.json", "*.jsonl", "README.md"],
}


def run(stage: StageDocument, output: Path) -> StageResult:
    """Download. The token, where one is needed, comes from the variable HF_TOKEN and is never printed."""
    uri, kind = stage.parameters.get("uri"), stage.parameters.get("type")
    match = URI.fullmatch(uri) if isinstance(uri, str) else None
    if match is None:
        raise StageError("InvalidParameter", f"uri: must be hf://org/name@<40 hexadecimal digits>, but is {uri!r}.")
    if kind not in PATTERNS:
        raise StageError("InvalidParameter", f"type: must be model or dataset, but is {kind!r}.")
    os.environ.pop("HF_HUB_OFFLINE", None)
    import huggingface_hub

    content = output / "content"
    start = time.monotonic()
    log.event(f"downloading {match['repo']} at {match['revision'][:8]}")
    # A Secret made from a file or a pasted line often ends in a newline, which no header may have.
    token = os.environ.get("HF_TOKEN", "").strip() or False
    try:
        info = huggingface_hub.HfApi().repo_info(
            match["repo"], repo_type=kind, revision=match["revision"], files_metadata=True, token=token
        )
        with follow(progress.reporter(), content, _size(info.siblings or [], PATTERNS[kind])):
            _apart(
                lambda: huggingface_hub.snapshot_download(
                    match["repo"],
                    repo_type=kind,
                    revision=match["revision"],
                    local_dir=content,
                    allow_patterns=PATTERNS[kind],
                    token=token,
                    max_workers=4,
                )
            )
    except Exception as error:
        failure = hub.classify(error, match["repo"])
        if failure is None:
            raise
        raise failure from None
    shutil.rmtree(content / ".cache", ignore_errors=True)
    found = [path for path in content.rglob("*") if path.is_file()] if content.is_dir() else []
    if not found:
        names = ", ".join(PATTERNS[kind])
        raise StageError("DownloadRefused", f"{match['repo']} has none of the files that a {kind} needs ({names}).")
    if kind == "model" and not any(path.suffix in (".safetensors", ".gguf") for path in found):
        raise StageError("UnsafeFormat", f"{match['repo']} has no safetensors weights at this revision.")
    if kind == "model" and any(path.suffix == ".safetensors" for path in found):
        checkpoint.inspect(content, str(uri))
    size = sum(path.stat().st_size for path in found)
    seconds = round(time.monotonic() - start, 2)
    return StageResult(
        message=f"{len(found)} files, {size} bytes",
        metrics={"files": len(found), "download_seconds": seconds},
        resolved={"repository": match["repo"], "revision": match["revision"], "patterns": PATTERNS[kind]},
        versions={"huggingface_hub": huggingface_hub.__version__},
    )


def _apart(work: Callable[[], object]) -> None:
    """Work on a thread of its own, so that a signal ends the stage at once.

    The hub's client lets no exception through before the downloads that run have ended, which takes longer than a pod
    has to stop.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  raised again where it is waited for
            raised.append(error)

    thread = threading.Thread(target=run, name="download", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.5)
    if raised:
        raise raised[0]


def _size(files: Sequence["RepoSibling"], patterns: list[str]) -> int | None:
    """Bytes of the files that match; None when the hub does not say it of each."""
    sizes = [file.size for file in files if any(fnmatch(file.rfilename, pattern) for pattern in patterns)]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
