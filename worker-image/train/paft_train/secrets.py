"""Keeps secrets out of messages and logs."""

from collections.abc import Mapping
from typing import Final

_NAMES: Final = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_HUB_TOKEN")
_SHORTEST: Final = 4


def redact(text: str, environment: Mapping[str, str]) -> str:
    """The text with the value of every known secret variable replaced by `***`."""
    for name in _NAMES:
        value = environment.get(name, "").strip()
        if len(value) >= _SHORTEST:
            text = text.replace(value, "***")
    return text
