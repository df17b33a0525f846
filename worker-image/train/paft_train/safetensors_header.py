"""Headers of safetensors files, read and checked without loading a tensor.

Format: 8 bytes little-endian length of the header, the header (JSON: name -> dtype, shape, data_offsets), the data.
"""

import json
import struct
from pathlib import Path
from typing import Any, Final

from paft_train.errors import StageError

_MAX_HEADER: Final = 100_000_000
Shapes = dict[str, tuple[int, ...]]


def read_shapes(path: Path, name: str) -> Shapes:
    """Tensor name -> shape of one file, after checking that the file holds all its data.

    Raises ModelInvalid with the file and the byte offset of the problem; `name` is what to call the file.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        prefix = stream.read(8)
        if len(prefix) < 8:
            raise _invalid(name, 0, f"the file has {size} bytes, but the header's length alone needs 8")
        (length,) = struct.unpack("<Q", prefix)
        if length > _MAX_HEADER or 8 + length > size:
            raise _invalid(name, 0, f"the header claims {length} bytes, but the file has {size}")
        raw = stream.read(length)
    try:
        header = json.loads(raw)
    except ValueError as error:
        raise _invalid(name, 8, f"the header is not JSON ({error})") from error
    if not isinstance(header, dict):
        raise _invalid(name, 8, "the header is not a JSON object")
    shapes: Shapes = {}
    end = 0
    for tensor, entry in header.items():
        if tensor == "__metadata__":
            continue
        shape, last = _entry(name, tensor, entry)
        shapes[tensor] = shape
        end = max(end, last)
    expected = 8 + length + end
    if size < expected:
        raise _invalid(name, size, f"the file ends here, but its header describes {expected} bytes: it is truncated")
    if size > expected:
        raise _invalid(name, expected, f"the data ends here, but the file has {size} bytes")
    return shapes


def _entry(name: str, tensor: str, entry: Any) -> tuple[tuple[int, ...], int]:
    try:
        start, end = (int(value) for value in entry["data_offsets"])
        shape = tuple(int(value) for value in entry["shape"])
    except (TypeError, KeyError, ValueError) as error:
        raise _invalid(name, 8, f"the entry of tensor {tensor} is malformed") from error
    if start < 0 or end < start:
        raise _invalid(name, 8, f"tensor {tensor} has the impossible offsets {start} to {end}")
    return shape, end


def _invalid(name: str, offset: int, problem: str) -> StageError:
    return StageError("ModelInvalid", f"{name}, offset {offset}: {problem}.")
