"""A base model of 67 million parameters and two branches of it, in the workspace: as much as a merge needs to be seen at work."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

LAYERS, ROWS, COLUMNS = 16, 1024, 4096

torch.manual_seed(1)
base = [torch.randn(ROWS, COLUMNS) for _ in range(LAYERS)]
for model, change in {"base": 0.0, "sft": 0.01, "preference": 0.003}.items():
    folder = Path("models") / model
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "num_hidden_layers": LAYERS}))
    tensors = {
        f"model.layers.{layer}.mlp.up_proj.weight": (weight + change * torch.randn(ROWS, COLUMNS)).bfloat16()
        for layer, weight in enumerate(base)
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
