"""Model directories: what kind they are and whether they are whole, found out before anything is loaded."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from paft_train.errors import StageError
from paft_train.safetensors_header import Shapes, read_shapes

_PICKLES: Final = {".bin", ".pt", ".pth", ".pkl", ".ckpt", ".pickle", ".h5", ".msgpack"}
ADAPTER_CONFIG: Final = "adapter_config.json"
ADAPTER_WEIGHTS: Final = "adapter_model.safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """A model directory that passed the checks.

    Attributes:
        path: the directory.
        name: what to call it in messages.
        adapter: a PEFT adapter, not a full checkpoint.
        shapes: tensor name -> shape, of all shards.
    """

    path: Path
    name: str
    adapter: bool
    shapes: Shapes


def inspect(path: Path, name: str) -> Checkpoint:
    """Check a model directory.

    Raises:
        StageError: ModelNotFound (no directory, no weights), UnsafeFormat (only pickles), ModelInvalid (config or
            header that cannot be read, missing shard, truncated file) with file and offset.
    """
    if not path.is_dir():
        raise StageError("ModelNotFound", f"{name}: there is no such directory ({path}).")
    try:
        names = {item.name for item in path.iterdir()}
    except PermissionError as error:
        raise StageError("ModelNotFound", f"{name}: this user may not read it ({error.strerror}).") from error
    adapter = ADAPTER_CONFIG in names
    config = ADAPTER_CONFIG if adapter else "config.json"
    weights = _weight_files(path, names, name, adapter=adapter)
    if config not in names:
        raise StageError("ModelNotFound", f"{name}: no {config} beside the weights.")
    _read_json(path / config, f"{name}/{config}")
    shapes: Shapes = {}
    for file in weights:
        shapes |= read_shapes(path / file, f"{name}/{file}")
    return Checkpoint(path, name, adapter, shapes)


def check_adapter(adapter: Checkpoint, base: Checkpoint) -> None:
    """Check that the LoRA factors of an adapter fit the base model's weights.

    For W of shape (out, in): A is (r, in) and B is (out, r). Raises ShapeMismatch with the tensor and both shapes.
    """
    for tensor, shape in adapter.shapes.items():
        module, _, factor = tensor.removeprefix("base_model.model.").rpartition(".lora_")
        if not module or factor not in ("A.weight", "B.weight"):
            continue
        weight = base.shapes.get(f"{module}.weight")
        if weight is None:
            raise StageError(
                "ShapeMismatch", f"{adapter.name}: {tensor} {list(shape)} has no {module}.weight in {base.name}."
            )
        size = shape[1] if factor == "A.weight" else shape[0]
        if len(weight) != 2 or size != weight[1 if factor == "A.weight" else 0]:
            if len(weight) == 2 and size == weight[0 if factor == "A.weight" else 1] and _is_transposed(base):
                continue
            raise StageError(
                "ShapeMismatch",
                f"{tensor} of {adapter.name} has the shape {list(shape)}, which does not fit {module}.weight of "
                f"{base.name} with the shape {list(weight)}.",
            )


def _is_transposed(base: Checkpoint) -> bool:
    """GPT-2 keeps the weights of its Conv1D layers as (in, out)."""
    return _read_json(base.path / "config.json", base.name).get("model_type") == "gpt2"


def _weight_files(path: Path, names: set[str], name: str, *, adapter: bool) -> list[str]:
    single = ADAPTER_WEIGHTS if adapter else "model.safetensors"
    if single in names:
        return [single]
    index = "model.safetensors.index.json"
    if not adapter and index in names:
        return _shards(path, names, f"{name}/{index}")
    pickles = sorted(item for item in names if Path(item).suffix in _PICKLES)
    if pickles:
        raise StageError(
            "UnsafeFormat",
            f"{name}: the weights are {pickles[0]}, a format that can run code when it is loaded. "
            "Convert them to safetensors.",
        )
    if adapter or "config.json" in names:
        raise StageError("ModelNotFound", f"{name}: no {single} in {path}.")
    raise StageError("ModelNotFound", f"{name}: no model in {path} (neither config.json nor adapter_config.json).")


def _shards(path: Path, names: set[str], index: str) -> list[str]:
    weight_map = _read_json(path / "model.safetensors.index.json", index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise StageError("ModelInvalid", f"{index}: no weight_map.")
    shards = sorted({str(value) for value in weight_map.values()})
    for shard in shards:
        if "/" in shard or shard not in names:
            raise StageError("ModelInvalid", f"{index}: the shard {shard} is missing.")
    found: Shapes = {}
    for shard in shards:
        found |= read_shapes(path / shard, str(Path(index).parent / shard))
    for tensor in weight_map:
        if tensor not in found:
            raise StageError("ModelInvalid", f"{index}: tensor {tensor} is in none of the shards.")
    return shards


def _read_json(path: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise StageError("ModelInvalid", f"{name}, offset 0: cannot be read ({error}).") from error
    if not isinstance(value, dict):
        raise StageError("ModelInvalid", f"{name}, offset 0: not a JSON object.")
    return value
