"""Processes of this machine: the cluster's components, and what runs in pods."""

import os
import signal
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc")
_PIDS = Path("/run/paft-cluster/pids")


class Component:
    """A component of the local cluster, which can be killed and started again with the very same command."""

    def __init__(self, name: str, logs: Path) -> None:
        self.name = name
        self._log = logs / f"{name}.log"
        self._pid = int((_PIDS / name).read_text(encoding="utf-8").split()[0])
        self._command = _fields(self._pid, "cmdline")
        self._environment = dict(item.split("=", 1) for item in _fields(self._pid, "environ") if "=" in item)
        self._child: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()
        while (_PROC / str(self._pid)).exists():
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        """Send a signal to its process."""
        os.kill(self._pid, number)

    def start(self) -> None:
        """Start it as dev/cluster did, and tell dev/cluster."""
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._environment,
                start_new_session=True,
            )
        self._pid = self._child.pid
        start_time = (_PROC / str(self._pid) / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()[19]
        (_PIDS / self.name).write_text(f"{self._pid} {start_time}\n", encoding="utf-8")


def kill_pod(uid: str) -> int:
    """SIGKILL for the processes of a pod's containers; how many there were."""
    return sum(_kill_if_in(process, uid) for process in _PROC.glob("[0-9]*"))


def _kill_if_in(process: Path, uid: str) -> bool:
    try:
        groups = (process / "cgroup").read_text(encoding="utf-8")
        # The sandbox's own process would take the whole pod with it.
        if uid not in groups or (process / "comm").read_text(encoding="utf-8").strip() == "pause":
            return False
        os.kill(int(process.name), signal.SIGKILL)
    except OSError:
        return False  # it has ended since
    return True


def _fields(pid: int, name: str) -> list[str]:
    return [item.decode() for item in (_PROC / str(pid) / name).read_bytes().split(b"\0") if item]
