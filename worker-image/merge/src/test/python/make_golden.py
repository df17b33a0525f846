"""Makes the golden files of the merge engine's tests by running mergekit itself.

    pip install mergekit==0.1.5 torch
    python make_golden.py ../resources/golden [SEED [exact]]

Writes five small checkpoints, each in float32, bfloat16 and float16, and for every recipe in RECIPES what mergekit makes
of them. Recipes in which sums over whole tensors matter are also merged in float64, as what the others are held against:
those of float32 models, and with "exact" those of the others too.
Everything is seeded, so the same versions write the same bytes.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
import yaml
from mergekit.config import MergeConfiguration
from mergekit.merge import run_merge
from mergekit.options import MergeOptions
from safetensors.torch import load_file, save_file

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "vocab_size": 32,
    "tie_word_embeddings": True,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-6,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
}
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors of a Llama of this configuration."""
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    found = {"model.embed_tokens.weight": (CONFIG["vocab_size"], hidden), "model.norm.weight": (hidden,)}
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            found[f"{prefix}self_attn.{name}.weight"] = (hidden, hidden)
        found[f"{prefix}mlp.gate_proj.weight"] = (inner, hidden)
        found[f"{prefix}mlp.up_proj.weight"] = (inner, hidden)
        found[f"{prefix}mlp.down_proj.weight"] = (hidden, inner)
        found[f"{prefix}input_layernorm.weight"] = (hidden,)
        found[f"{prefix}post_attention_layernorm.weight"] = (hidden,)
    return found


def models(seed: int) -> dict[str, dict[str, torch.Tensor]]:
    """A base, a dense branch, a sparse branch, one more, and one at an angle."""
    random = torch.Generator().manual_seed(seed)

    def noise(shape: tuple[int, ...], scale: float) -> torch.Tensor:
        return torch.randn(shape, generator=random) * scale

    base = {name: noise(shape, 0.02) for name, shape in sorted(shapes().items())}
    sft = {name: value + noise(tuple(value.shape), 1e-3) for name, value in base.items()}
    dpo = {
        name: value + noise(tuple(value.shape), 3e-4) * (torch.rand(value.shape, generator=random) < 0.3)
        for name, value in base.items()
    }
    third = {name: value + noise(tuple(value.shape), 5e-4) for name, value in base.items()}
    far = {name: 0.4 * value + noise(tuple(value.shape), 0.015) for name, value in base.items()}
    return {"base": base, "sft": sft, "dpo": dpo, "third": third, "far": far}


def entry(name: str, **parameters: object) -> dict[str, object]:
    """One item of a recipe's list of models."""
    return {"model": name, "parameters": parameters}


def source(name: str, first: int, end: int, **parameters: object) -> dict[str, object]:
    """One source of a slice."""
    return {"model": name, "layer_range": [first, end]} | ({"parameters": parameters} if parameters else {})


def references(document: dict) -> list[dict]:
    """Everything in a recipe that has a model or a base model."""
    slices = document.get("slices", [])
    return [document, *document.get("models", []), *slices, *(item for part in slices for item in part["sources"])]


# Whole-tensor sums decide every element.
SUMMED = [
    "slerp", "slerp-near", "nuslerp", "nuslerp-base", "multislerp", "multislerp-base", "model-stock",
    "ties-rescale", "breadcrumbs-rescale", "slices-slerp", "model-stock-rows", "nuslerp-rows", "nuslerp-columns",
    "sce", "sce-select",
]  # fmt: skip


RECIPES = {
    "ties": {
        "merge_method": "ties",
        "base_model": "base",
        "models": [entry("sft", weight=1.0, density=0.5), entry("dpo", weight=1.0, density=0.1)],
    },
    "ties-three": {
        "merge_method": "ties",
        "base_model": "base",
        "parameters": {"lambda": 0.7},
        "models": [
            {"model": "base"},
            entry("sft", weight=0.6, density=0.29),
            entry("dpo", weight=0.3, density=0.9),
            entry("third", weight=-0.2, density=0.01),
        ],
    },
    "ties-sum": {
        "merge_method": "ties",
        "base_model": "base",
        "parameters": {"normalize": False, "density": 0.4, "weight": 0.5},
        "models": [{"model": "sft"}, {"model": "dpo"}],
    },
    "ties-filters": {
        "merge_method": "ties",
        "base_model": "base",
        "parameters": {"density": [{"filter": "mlp", "value": 0.3}, {"value": 0.8}]},
        "models": [
            entry("sft", weight=[{"filter": "self_attn", "value": [0.2, 0.9]}, {"filter": "norm", "value": 0.1}, {"value": 1.0}]),
            entry("dpo", weight=[0.1, 0.5, 0.8], density=[{"filter": "q_proj", "value": 0.05}]),
        ],
    },
    "task-arithmetic": {
        "merge_method": "task_arithmetic",
        "base_model": "base",
        "models": [entry("sft", weight=1.0), entry("dpo", weight=0.5)],
    },
    "task-arithmetic-normalized": {
        "merge_method": "task_arithmetic",
        "base_model": "base",
        "parameters": {"normalize": True, "lambda": 1.3},
        "models": [entry("sft", weight=0.7), entry("dpo", weight=0.5), entry("third", weight=0.25)],
    },
    "breadcrumbs": {
        "merge_method": "breadcrumbs",
        "base_model": "base",
        "models": [entry("sft", weight=0.8, density=0.5, gamma=0.05), entry("dpo", weight=0.5, density=0.2)],
    },
    "breadcrumbs-ties": {
        "merge_method": "breadcrumbs_ties",
        "base_model": "base",
        "parameters": {"normalize": True, "lambda": 1.1},
        "models": [
            entry("sft", weight=0.8, density=0.95, gamma=0.1),
            entry("dpo", weight=0.5, density=0.25, gamma=0.0),
            entry("third", weight=0.3, density=0.4, gamma=0.02),
        ],
    },
    "breadcrumbs-rescale": {
        "merge_method": "breadcrumbs",
        "base_model": "base",
        "parameters": {"rescale": True},
        "models": [entry("sft", weight=0.8, density=0.5, gamma=0.05), entry("third", weight=0.5, density=0.2)],
    },
    "ties-rescale": {
        "merge_method": "ties",
        "base_model": "base",
        "parameters": {"rescale": True},
        "models": [entry("sft", weight=0.8, density=0.3), entry("third", weight=0.5, density=0.1)],
    },
    "slerp": {
        "merge_method": "slerp",
        "base_model": "sft",
        "parameters": {"t": [{"filter": "mlp", "value": [0.2, 0.7]}, {"value": 0.5}]},
        "models": [{"model": "sft"}, {"model": "far"}],
    },
    "slerp-near": {"merge_method": "slerp", "base_model": "base", "parameters": {"t": 0.3}, "models": [{"model": "base"}, {"model": "sft"}]},
    "nuslerp": {"merge_method": "nuslerp", "models": [entry("far", weight=0.6), entry("sft", weight=0.3)]},
    "nuslerp-base": {
        "merge_method": "nuslerp",
        "base_model": "base",
        "models": [entry("dpo", weight=0.5), entry("sft", weight=0.9)],
    },
    "multislerp": {"merge_method": "multislerp", "models": [entry("far", weight=0.6), entry("sft", weight=0.3), entry("dpo", weight=0.5)]},
    "multislerp-base": {
        "merge_method": "multislerp",
        "base_model": "base",
        "parameters": {"normalize_weights": False},
        "models": [entry("third", weight=0.6), entry("sft", weight=0.3), entry("dpo", weight=0.5)],
    },
    "model-stock": {
        "merge_method": "model_stock",
        "base_model": "base",
        "models": [{"model": "sft"}, {"model": "third"}, {"model": "far"}],
    },
    "model-stock-rows": {
        "merge_method": "model_stock",
        "base_model": "base",
        "parameters": {"filter_wise": True},
        "models": [{"model": "sft"}, {"model": "third"}, {"model": "far"}],
    },
    "nuslerp-rows": {
        "merge_method": "nuslerp",
        "parameters": {"nuslerp_flatten": False},
        "models": [entry("far", weight=0.6), entry("sft", weight=0.3)],
    },
    "nuslerp-columns": {
        "merge_method": "nuslerp",
        "base_model": "base",
        "parameters": {"nuslerp_flatten": False, "nuslerp_row_wise": True},
        "models": [entry("third", weight=0.5), entry("sft", weight=0.9)],
    },
    "sce": {"merge_method": "sce", "base_model": "base", "models": [{"model": "far"}, {"model": "sft"}]},
    "sce-select": {
        "merge_method": "sce",
        "base_model": "base",
        "parameters": {"select_topk": [{"filter": "mlp", "value": [0.2, 0.6]}, {"value": 0.29}]},
        "models": [{"model": "far"}, {"model": "dpo"}, {"model": "third"}],
    },
    "nearswap": {"merge_method": "nearswap", "base_model": "base", "parameters": {"t": 0.0005}, "models": [{"model": "base"}, {"model": "sft"}]},
    "passthrough": {"merge_method": "passthrough", "models": [entry("sft", scale=0.7)]},
    "ram": {"merge_method": "ram", "base_model": "base", "parameters": {"epsilon": 0.0003}, "models": [{"model": "sft"}, {"model": "dpo"}, {"model": "third"}]},
    "ramplus": {"merge_method": "ramplus_tl", "base_model": "base", "parameters": {"r": 0.3, "alpha": 0.6}, "models": [{"model": "sft"}, {"model": "dpo"}]},
    "slices-slerp": {
        "merge_method": "slerp",
        "base_model": "base",
        "parameters": {"t": [{"filter": "self_attn", "value": [0.1, 0.8]}, {"filter": "layers.1", "value": 0.7}, {"value": 0.4}]},
        "slices": [
            {"sources": [source("base", 0, 2), source("far", 0, 2)]},
            {"sources": [source("far", 1, 2), source("sft", 0, 1)], "base_model": "far"},
        ],
    },
    "slices-ties": {
        "merge_method": "ties",
        "base_model": "base",
        "parameters": {"weight": [{"filter": "layers.1.", "value": 0.9}, {"value": 0.4}], "density": 0.6},
        "slices": [
            {
                "sources": [source("base", 0, 2), source("sft", 0, 2, weight=[0.2, 0.7]), source("dpo", 0, 2)],
                "parameters": {"density": [0.3, 0.8]},
            },
            {"sources": [source("base", 1, 2), source("third", 0, 1, density=0.2), source("sft", 1, 2)], "parameters": {"lambda": 0.8}},
        ],
    },
    "slices-linear": {
        "merge_method": "linear",
        "slices": [
            {"sources": [source("sft", 1, 2, weight=0.75), source("dpo", 0, 1, weight=0.5), source("far", 1, 2, weight=0.1)]},
            {"sources": [source("dpo", 0, 2, weight=[1, 0]), source("third", 0, 2, weight=[0, 1])]},
        ],
    },
    "slices-stack": {
        "merge_method": "passthrough",
        "slices": [
            {"sources": [source("sft", 0, 2)]},
            {"sources": [source("dpo", 0, 2, scale=[{"filter": "o_proj", "value": 0.5}, {"filter": "down_proj", "value": [0.25, 0.5]}, {"value": 1}])]},
            {"sources": [source("sft", 1, 2)]},
        ],
    },
    "task-arithmetic-filters": {
        "merge_method": "task_arithmetic",
        "base_model": "base",
        "parameters": {"weight": {"filter": "norm", "value": 0.5}, "lambda": [{"filter": "mlp", "value": [1.1, 0.7]}, {"value": 0.9}]},
        "models": [
            entry("sft", weight=[{"filter": "self_attn", "value": [0.2, 0.9, 0.3]}, {"filter": "mlp", "value": 0.4}, {"filter": "embed", "value": 1}]),
            entry("dpo", weight=[0.1, 0.5]),
        ],
    },
    "linear": {"merge_method": "linear", "models": [entry("sft", weight=0.75), entry("dpo", weight=0.5)]},
    "linear-three": {
        "merge_method": "linear",
        "base_model": "base",
        "parameters": {"normalize": False},
        "models": [entry("base", weight=-0.5), entry("sft", weight=0.75), entry("dpo", weight=0.75)],
    },
}


def merge(document: dict, root: Path, out: Path) -> dict[str, torch.Tensor]:
    """Runs mergekit on a recipe whose models lie in `root`."""
    absolute = json.loads(json.dumps(document))
    for item in references(absolute):
        for key in ("model", "base_model"):
            if key in item:
                item[key] = str(root / item[key])
    shutil.rmtree(out, ignore_errors=True)
    options = MergeOptions(copy_tokenizer=False, quiet=True, write_model_card=False, clone_tensors=True)
    run_merge(MergeConfiguration.model_validate(absolute), str(out), options)
    return load_file(out / "model.safetensors")


def write_models(root: Path, dtype_name: str, seed: int) -> None:
    """Writes the checkpoints in one type."""
    for name, tensors in models(seed).items():
        directory = root / name
        directory.mkdir(parents=True)
        save_file({k: v.to(DTYPES[dtype_name]) for k, v in tensors.items()}, directory / "model.safetensors", {"format": "pt"})
        (directory / "config.json").write_text(json.dumps(CONFIG | {"torch_dtype": dtype_name}, indent=2) + "\n")


def main(target: Path, seed: int = 0, exact_of: tuple[str, ...] = ("float32",)) -> None:
    """Write everything below `target`."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        for dtype_name in DTYPES:
            root = target / dtype_name
            write_models(root, dtype_name, seed)
            for name, recipe in RECIPES.items():
                document = recipe | {"dtype": "float32", "out_dtype": dtype_name}
                expected = root / "expected" / name
                expected.mkdir(parents=True)
                (expected / "recipe.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
                save_file(merge(document, root, out), expected / "model.safetensors", {"format": "pt"})
                if name in SUMMED and dtype_name in exact_of:
                    exact = recipe | {"dtype": "float64", "out_dtype": "float64"}
                    save_file(merge(exact, root, out), expected / "float64.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        int(sys.argv[2]) if len(sys.argv) > 2 else 0,
        tuple(DTYPES) if sys.argv[3:] == ["exact"] else ("float32",),
    )
