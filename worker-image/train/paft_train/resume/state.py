"""What transformers leaves out of its checkpoints: sums since the last logged step, and the order of the data.

transformers 5.18 starts its loss sums at zero when it resumes but divides by all steps, so its `train_loss` is too
small. TRL forgets the metrics and the number of tokens since the last logged step. Samplers without a seed of their own
(those that group by length) draw the order of an epoch from torch's generator when the epoch begins.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import torch

_NUMBERS: Final = "sums.json"
_EPOCH: Final = "epoch_rng.pth"


def save(trainer: Any, epoch_rng: torch.Tensor, seconds: float, directory: Path) -> None:
    """Write what `restore` needs into a checkpoint."""
    numbers = {
        "loss": float(trainer._tr_loss),
        "total_loss": float(trainer._total_loss_scalar),
        "last_logged": int(trainer._globalstep_last_logged),
        "tokens": getattr(trainer, "_total_train_tokens", 0),
        "metrics": {name: [float(value) for value in values] for name, values in _metrics(trainer).items()},
        "own": trainer.sums() if hasattr(trainer, "sums") else {},
        "seconds": seconds,
    }
    (directory / _NUMBERS).write_text(json.dumps(numbers), encoding="utf-8")
    torch.save(epoch_rng, directory / _EPOCH)


def restore(trainer: Any, directory: Path) -> float:
    """Set a trainer that has just begun to what `save` found; returns the seconds that the training took so far."""
    numbers = json.loads((directory / _NUMBERS).read_text(encoding="utf-8"))
    trainer._tr_loss += numbers["loss"]
    trainer._total_loss_scalar = numbers["total_loss"]
    trainer._globalstep_last_logged = numbers["last_logged"]
    if hasattr(trainer, "_total_train_tokens"):
        trainer._total_train_tokens = numbers["tokens"]
    _metrics(trainer).update({name: list(values) for name, values in numbers["metrics"].items()})
    if hasattr(trainer, "sums"):
        trainer.restore_sums(numbers["own"])
    return float(numbers["seconds"])


def epoch_rng(directory: Path) -> torch.Tensor:
    """State of torch's generator at the beginning of the epoch that the checkpoint is in."""
    return torch.load(directory / _EPOCH, weights_only=True)


def _metrics(trainer: Any) -> dict[str, list[Any]]:
    """TRL's values since the last logged step, by name; ORPO's trainer keeps them elsewhere."""
    if hasattr(trainer, "_stored_metrics"):
        return trainer._stored_metrics["train"]
    return trainer._metrics["train"] if hasattr(trainer, "_metrics") else defaultdict(list)
