"""Log lines: one per event, on stdout, with the time since the start of the process."""

import sys
import time

_START = time.monotonic()


def elapsed() -> float:
    """Seconds since this module was first imported, which is the start of the stage."""
    return time.monotonic() - _START


def event(message: str) -> None:
    """Print one line. Line breaks in the message become spaces, so that an event stays a line."""
    line = f"[{elapsed():7.1f}s] {' '.join(message.split())}\n"
    # What data call a text may be none: half an emoji has no encoding.
    sys.stdout.write(line.encode("utf-8", "backslashreplace").decode())
    sys.stdout.flush()


def duration(seconds: float) -> str:
    """A duration for people: `42s`, `3m 5s`, `2h 10m`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole // 3600}h {whole % 3600 // 60}m"
