"""A clock of the operator's own: libfaketime in its pods, told by a file in each pod how far off to be."""

import base64
from pathlib import Path

from suite.api import Api, Object

CONFIG_MAP = "chaos-libfaketime"
_CONFIG_MAPS = "/api/v1/namespaces/paft-system/configmaps"
_PODS = Path("/var/lib/paft-cluster/kubelet/pods")
_FILE = "volumes/kubernetes.io~empty-dir/chaos-clock/offset"


def library() -> Path | None:
    """Where this machine has libfaketime (Debian's package of that name), if it has."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def install(api: Api) -> None:
    """Put the library where pods can take it from."""
    found = library()
    assert found is not None  # noqa: S101
    remove(api)
    data = {found.name: base64.b64encode(found.read_bytes()).decode()}
    api.create(_CONFIG_MAPS, {"metadata": {"name": CONFIG_MAP}, "binaryData": data})


def remove(api: Api) -> None:
    """Take it away again."""
    api.delete(f"{_CONFIG_MAPS}/{CONFIG_MAP}")


def preload(template: Object) -> None:
    """Have a pod template's container ask the library for the time. Only the time of day: pauses stay what they are."""
    container = template["spec"]["containers"][0]
    container["env"] += [
        {"name": "LD_PRELOAD", "value": "/chaos/lib/libfaketime.so.1"},
        {"name": "FAKETIME_TIMESTAMP_FILE", "value": "/chaos/clock/offset"},
        {"name": "FAKETIME_CACHE_DURATION", "value": "1"},
        {"name": "FAKETIME_DONT_FAKE_MONOTONIC", "value": "1"},
        # Its cure for waits by the monotonic clock ends them at once where that clock is true: every thread would spin.
        {"name": "FAKETIME_FORCE_MONOTONIC_FIX", "value": "0"},
    ]
    container["volumeMounts"] += [
        {"name": "chaos-lib", "mountPath": "/chaos/lib", "readOnly": True},
        {"name": "chaos-clock", "mountPath": "/chaos/clock", "readOnly": True},
    ]
    template["spec"]["volumes"] += [
        {"name": "chaos-lib", "configMap": {"name": CONFIG_MAP}},
        {"name": "chaos-clock", "emptyDir": {}},
    ]


def skew(uid: str, seconds: int) -> bool:
    """Put the clock of a pod so many seconds forward, or back; False when the pod has no such clock (yet)."""
    file = _PODS / uid / _FILE
    if not file.parent.is_dir():
        return False
    file.write_text(f"{seconds:+d}\n", encoding="utf-8")
    return True
