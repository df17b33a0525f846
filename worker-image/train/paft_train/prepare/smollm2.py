"""The demonstration `smollm2`: a real small language model, from a GGUF file that a person has, with data of our own.

The instruction set answers questions about Kubernetes and model training in one or two plain sentences; the preference
is for a direct answer over friendly filler that says nothing. The filler was chosen by its length so that the base
model finds both about equally likely: a longer answer is always less likely, so a mere padded one would be no contest.
"""

import shutil
import struct
from pathlib import Path
from typing import Any, Final

from paft_train import files, log
from paft_train.errors import StageError
from paft_train.prepare import workspace

_DATA: Final = Path(__file__).with_name("data") / "smollm2"
_DATASETS: Final = ("sft.jsonl", "preference.jsonl", "preference-heldout.jsonl")
_TASKS: Final = ("smollm2_facts.yaml", "facts.jsonl")


def prepare(root: Path, gguf: Path | None) -> None:
    """Write models/smollm2, data/smollm2 and tasks/smollm2 into a workspace; done at once when they are there.

    Args:
        root: the workspace.
        gguf: SmolLM2-135M-Instruct as a GGUF file.

    Raises:
        StageError: InvalidParameter without a file, ModelNotFound when there is no such file, ModelInvalid when it
            cannot be read.
    """
    if gguf is None:
        raise StageError("InvalidParameter", "--gguf: name the GGUF file of SmolLM2-135M-Instruct.")
    if not gguf.is_file():
        raise StageError("ModelNotFound", f"there is no file {gguf}.")
    with gguf.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise StageError("ModelInvalid", f"{gguf}, offset 0: not a GGUF file.")
    workspace.install(
        root,
        "smollm2",
        {"gguf": files.sha256_file(gguf)},
        {
            "models/smollm2": lambda directory: convert(gguf, directory),
            "data/smollm2": lambda directory: _copy(_DATASETS, directory),
            "tasks/smollm2": lambda directory: _copy(_TASKS, directory),
        },
    )


def convert(gguf: Path, directory: Path) -> None:
    """Write the model of a GGUF file as float32 safetensors, with its tokenizer and chat template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from paft_train import models

    models.quiet()
    log.event(f"reading {gguf.name} (about a quarter of a minute)")
    source: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    try:
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.float32, **source)
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, **source)
    except (ValueError, OSError, RuntimeError, LookupError, struct.error) as error:
        raise StageError("ModelInvalid", f"{gguf}: cannot be read ({error}).") from error
    if hasattr(model.config, "quantization_config"):
        # The weights are plain now; with these marks save_pretrained would refuse.
        del model.config.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False
    models.save_full(model, tokenizer, directory)


def _copy(names: tuple[str, ...], directory: Path) -> None:
    for name in names:
        shutil.copyfile(_DATA / name, directory / name)
