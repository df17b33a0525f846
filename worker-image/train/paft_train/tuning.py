"""What part of the model is trained: the field `tuning`, checked, with our defaults filled in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from paft_train.errors import StageError
from paft_train.settings import convert


@dataclass(frozen=True)
class Tuning:
    """LoRA with its factors, or Full. For Full the other fields mean nothing."""

    type: str = "LoRA"
    r: int = 16
    alpha: float = 32.0
    dropout: float = 0.05
    targetModules: list[str] = field(default_factory=lambda: ["all-linear"])  # noqa: N815  the name in the API

    @property
    def lora(self) -> bool:
        """An adapter is trained, not the weights themselves."""
        return self.type == "LoRA"

    def resolved(self) -> dict[str, Any]:
        """The fields that mean something, for the manifest."""
        return asdict(self) if self.lora else {"type": self.type}


def parse(given: Mapping[str, Any] | None) -> Tuning:
    """Read `tuning`. Raises InvalidParameter."""
    if given is None:
        return Tuning()
    if not isinstance(given, dict) or given.get("type", "LoRA") not in ("LoRA", "Full"):
        raise StageError("InvalidParameter", "tuning.type: must be LoRA or Full.")
    if given.get("type") == "Full":
        return Tuning(type="Full")
    default = Tuning()
    r = _set(given, "r", default.r, "int")
    alpha = _set(given, "alpha", default.alpha, "float")
    dropout = _set(given, "dropout", default.dropout, "float")
    modules = given.get("targetModules") or default.targetModules
    if r < 1:
        raise StageError("InvalidParameter", f"tuning.r: must be at least 1, but is {r}.")
    if alpha <= 0:
        raise StageError("InvalidParameter", f"tuning.alpha: must be more than 0, but is {alpha:g}.")
    if not 0 <= dropout < 1:
        raise StageError("InvalidParameter", f"tuning.dropout: must be at least 0 and less than 1, but is {dropout:g}.")
    if not isinstance(modules, list) or not all(isinstance(item, str) and item for item in modules):
        raise StageError("InvalidParameter", "tuning.targetModules: must be a list of names.")
    return Tuning("LoRA", r, alpha, dropout, list(modules))


def _set(given: Mapping[str, Any], name: str, default: Any, kind: Any) -> Any:
    value = given.get(name)
    return default if value is None else convert(value, kind, f"tuning.{name}")
