"""Writes the checkpoints that the benchmark merges: the shapes of Llama 3, seeded normal numbers in bfloat16.

    python make_files.py SHAPE FOLDER [adapters]      SHAPE is 0.2b, 1b or 8b

base is N(0, 0.02^2), sft is base + N(0, 1e-3^2), dpo is base + N(0, 3e-4^2), each rounded to bfloat16; lora-sft and
lora-dpo are adapters of rank 64 on all linear layers whose product has about the same sizes. What is there already is
kept. With "adapters", the full models of the branches are left out.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; key_value is the width of all key heads together, tied models have no lm_head."""

    hidden: int
    intermediate: int
    layers: int
    key_value: int
    vocabulary: int
    tied: bool


SHAPES = {
    "0.2b": Shape(hidden=1024, intermediate=2816, layers=12, key_value=256, vocabulary=64000, tied=True),
    "1b": Shape(hidden=2048, intermediate=8192, layers=16, key_value=512, vocabulary=128256, tied=True),
    "8b": Shape(hidden=4096, intermediate=14336, layers=32, key_value=1024, vocabulary=128256, tied=False),
}
SPREAD = {"base": 0.02, "sft": 1e-3, "dpo": 3e-4}
RANK = 64
SHARD = 5_000_000_000


def linear_layers(shape: Shape) -> Iterator[tuple[str, int, int]]:
    """The linear layers, which are those that an adapter changes: name without `.weight`, rows (output), columns."""
    hidden, intermediate, key_value = shape.hidden, shape.intermediate, shape.key_value
    for layer in range(shape.layers):
        prefix = f"model.layers.{layer}."
        yield prefix + "self_attn.q_proj", hidden, hidden
        yield prefix + "self_attn.k_proj", key_value, hidden
        yield prefix + "self_attn.v_proj", key_value, hidden
        yield prefix + "self_attn.o_proj", hidden, hidden
        yield prefix + "mlp.gate_proj", intermediate, hidden
        yield prefix + "mlp.up_proj", intermediate, hidden
        yield prefix + "mlp.down_proj", hidden, intermediate


def tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and sizes of all tensors of a full model, in the order in which they fill the shards."""
    hidden = shape.hidden
    yield "model.embed_tokens.weight", (shape.vocabulary, hidden)
    for name, rows, columns in linear_layers(shape):
        yield name + ".weight", (rows, columns)
    for layer in range(shape.layers):
        yield f"model.layers.{layer}.input_layernorm.weight", (hidden,)
        yield f"model.layers.{layer}.post_attention_layernorm.weight", (hidden,)
    yield "model.norm.weight", (hidden,)
    if not shape.tied:
        yield "lm_head.weight", (shape.vocabulary, hidden)


def config(shape: Shape) -> dict[str, Any]:
    """The config.json of a full model, with 8 key and value heads in every shape."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.hidden // (shape.key_value // 8),
        "num_key_value_heads": 8,
        "vocab_size": shape.vocabulary,
        "tie_word_embeddings": shape.tied,
        "max_position_embeddings": 8192,
        "rms_norm_eps": 1e-5,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "hidden_act": "silu",
        "dtype": "bfloat16",
    }


def values(name: str, sizes: tuple[int, ...], model: str) -> torch.Tensor:
    """The tensor of a model; each part has a seed of its own, so that a branch needs no file of the base."""
    result = noise(name, sizes, "base")
    if model != "base":
        result += noise(name, sizes, model)
    return result.bfloat16()


def noise(name: str, sizes: tuple[int, ...], model: str) -> torch.Tensor:
    """What a model adds to a tensor (for the base: the tensor itself), in float32; the same in every run."""
    generator = torch.Generator().manual_seed(hash_of(f"0/{model}/{name}"))
    # The base is rounded before a branch adds to it: a branch starts from what is stored.
    drawn = torch.empty(sizes).normal_(0, SPREAD[model], generator=generator)
    return drawn.bfloat16().float() if model == "base" else drawn


def hash_of(text: str) -> int:
    """A seed of 63 bits (FNV-1a), because Python's own hash of a text is another one in every process."""
    number = 0xCBF29CE484222325
    for byte in text.encode():
        number = (number ^ byte) * 0x100000001B3 % (1 << 64)
    return number >> 1


def write_model(folder: Path, shape: Shape, model: str) -> None:
    """Writes a full model (base, sft or dpo) into a new folder, in shards of at most SHARD bytes."""
    folder.mkdir(parents=True)
    groups: list[list[tuple[str, tuple[int, ...]]]] = [[]]
    size = 0
    for name, sizes in tensors(shape):
        length = 2 * torch.Size(sizes).numel()
        if groups[-1] and size + length > SHARD:
            groups.append([])
            size = 0
        groups[-1].append((name, sizes))
        size += length
    index: dict[str, str] = {}
    for number, group in enumerate(groups, 1):
        file = "model.safetensors" if len(groups) == 1 else f"model-{number:05}-of-{len(groups):05}.safetensors"
        save_file({name: values(name, sizes, model) for name, sizes in group}, folder / file, {"format": "pt"})
        index |= {name: file for name, _ in group}
    if len(groups) > 1:
        total = sum(2 * torch.Size(sizes).numel() for _, sizes in tensors(shape))
        text = json.dumps({"metadata": {"total_size": total}, "weight_map": index})
        (folder / "model.safetensors.index.json").write_text(text)
    (folder / "config.json").write_text(json.dumps(config(shape), indent=2))


def write_adapter(folder: Path, shape: Shape, model: str) -> None:
    """Writes a LoRA adapter into a new folder; its product is about as large as what the model (sft or dpo) adds."""
    folder.mkdir(parents=True)
    stored = {}
    for name, rows, columns in linear_layers(shape):
        # B A has the spread of the branch where each factor has the square root of it, by the root of the rank.
        spread = (SPREAD[model] / RANK**0.5) ** 0.5
        for part, sizes in (("A", (RANK, columns)), ("B", (rows, RANK))):
            generator = torch.Generator().manual_seed(hash_of(f"0/{model}/{name}/{part}"))
            drawn = torch.empty(sizes).normal_(0, spread, generator=generator)
            stored[f"base_model.model.{name}.lora_{part}.weight"] = drawn.bfloat16()
    save_file(stored, folder / "adapter_model.safetensors", {"format": "pt"})
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": str(folder.parent / "base"),
        "r": RANK,
        "lora_alpha": RANK,
        "target_modules": targets,
        "lora_dropout": 0.0,
        "bias": "none",
        "inference_mode": True,
    }
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2))


def main(shape_name: str, folder: str, only: str = "") -> None:
    """Writes what is missing in the folder, under another name until it is complete."""
    shape = SHAPES[shape_name]
    branches = () if only == "adapters" else ("sft", "dpo")
    for name in ("base", *branches, "lora-sft", "lora-dpo"):
        target = Path(folder) / name
        if target.exists():
            continue
        started = target.with_name(name + ".tmp")
        # Of a run that was interrupted.
        shutil.rmtree(started, ignore_errors=True)
        if name.startswith("lora-"):
            write_adapter(started, shape, name.removeprefix("lora-"))
        else:
            write_model(started, shape, name)
        started.rename(target)
        print(f"wrote {target}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
