"""Makes a toy model whose layers are of two kinds, and a recipe that stacks some of them.

    python make_layered.py DIRECTORY
"""

import sys
from pathlib import Path

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

RECIPE = """merge_method: passthrough
slices:
  - {sources: [{model: model, layer_range: [0, 3]}]}
  - {sources: [{model: model, layer_range: [1, 4]}]}
"""


def main(target: Path) -> None:
    """Write `model` and `recipe.yaml` below `target`."""
    torch.manual_seed(0)
    config = Qwen3Config(
        hidden_size=16, intermediate_size=24, num_hidden_layers=4, num_attention_heads=2, num_key_value_heads=2, head_dim=8,
        vocab_size=32, sliding_window=8, use_sliding_window=True, max_window_layers=4,
        layer_types=["full_attention", "sliding_attention", "full_attention", "sliding_attention"],
    )  # fmt: skip
    Qwen3ForCausalLM(config).save_pretrained(target / "model")
    (target / "recipe.yaml").write_text(RECIPE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
