"""The workspace: a volume of the cluster, small enough to be filled, and readable from this machine."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from suite.api import Api

SIZE_MEGABYTES = 192
CLAIM = "paft-workspace"


class Volume:
    """One of the cluster's local volumes with a file system of its own."""

    def __init__(self, api: Api, cluster: Path, namespace: str) -> None:
        self._api = api
        self.claim_path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        self.name = max(
            item["metadata"]["name"]
            for item in api.items("/api/v1/persistentvolumes")
            if item["status"].get("phase") == "Available"
        )
        self.root = cluster / "volumes" / self.name
        _run("mount", "-t", "tmpfs", "-o", f"size={SIZE_MEGABYTES}m", "paft-chaos", str(self.root))

    def claim(self) -> None:
        """Take it for the namespace."""
        self._api.create(
            self.claim_path,
            {
                "metadata": {"name": CLAIM},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": "local",
                    "volumeName": self.name,
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            },
        )

    def fill(self) -> None:
        """Leave no space."""
        with (self.root / ".filler").open("wb", buffering=0) as file:
            block = b"\0" * (1 << 20)
            try:
                while True:
                    file.write(block)
            except OSError:
                pass  # that is the aim

    def empty(self) -> None:
        """Give the space back."""
        (self.root / ".filler").unlink(missing_ok=True)

    def output(self, kind: str, key: str) -> "Output":
        """An output directory, which need not be there."""
        return Output(self.root / kind / key)

    def release(self) -> None:
        """Take the file system away; the volume is the cluster's again."""
        _run("umount", "--lazy", str(self.root))


class Output:
    """The output directory of a stage."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self) -> dict[str, Any]:
        """Its manifest; empty while there is none."""
        try:
            return json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def identity(self) -> tuple[int, int] | None:
        """What changes when the manifest is written again: inode and time."""
        try:
            stat = (self.path / "manifest.json").stat()
        except FileNotFoundError:
            return None
        return stat.st_ino, stat.st_mtime_ns

    def weights(self) -> dict[str, str]:
        """sha256 of the files of the model, as they lie there."""
        return {
            str(file.relative_to(self.path)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.path.glob("model/**/*.safetensors"))
        }

    def checkpoints(self) -> list[Path]:
        """Its complete checkpoints, oldest first."""
        work = self.path.with_name(self.path.name + ".work")
        return sorted(work.glob("step-*"), key=lambda path: int(path.name.partition("-")[2]))


def flip_byte(file: Path) -> None:
    """Change the last byte of a file: the smallest damage there is, and one that no header shows."""
    with file.open("r+b") as opened:
        opened.seek(-1, 2)
        last = opened.read(1)
        opened.seek(-1, 2)
        opened.write(bytes([last[0] ^ 0x01]))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603
