"""Loads a merged checkpoint with transformers, and fails unless it finds exactly the tensors that it wants.

    python load_merged.py DIRECTORY
"""

import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM


def main(directory: str) -> None:
    """Load it and run it once."""
    model, found = AutoModelForCausalLM.from_pretrained(directory, output_loading_info=True)
    wrong = {kind: sorted(map(str, names)) for kind, names in found.items() if names}
    if wrong:
        sys.exit(f"{directory}: {wrong}")
    config = AutoConfig.from_pretrained(directory)
    logits = model(torch.tensor([[1, 3, 2]])).logits
    if not torch.isfinite(logits).all():
        sys.exit(f"{directory}: logits are not finite")
    print(f"transformers loads {directory}: {config.num_hidden_layers} layers, {model.dtype}")


if __name__ == "__main__":
    main(sys.argv[1])
