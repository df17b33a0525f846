"""The stage `sft`: supervised fine-tuning with LoRA or of all weights, with an L1 penalty on the effective delta."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed
from trl import SFTConfig, SFTTrainer

from paft_train import data, l1, models, training
from paft_train.document import StageDocument
from paft_train.errors import StageError
from paft_train.manifest import StageResult
from paft_train.settings import convert


class PenalisedSFTTrainer(SFTTrainer):
    """TRL's trainer with lambda * |delta|_1 added to the loss of every optimizer step.

    Args:
        l1_lambda: weight of the L1 norm of the delta (a sum); 0 switches it off.
        More arguments are those of SFTTrainer.
    """

    def __init__(self, *args: Any, l1_lambda: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.l1_lambda = l1_lambda
        self._lora = hasattr(self.model, "peft_config")
        self._factors = l1.lora_factors(self.model) if self._lora and l1_lambda else []
        self._pairs = l1.frozen_copy(self.model) if not self._lora and l1_lambda else []
        self._task_sum = 0.0
        self._task_step = 0

    def l1_norm(self) -> torch.Tensor:
        """The L1 norm of the effective delta now, a differentiable scalar."""
        return l1.lora_norm(self._factors) if self._lora else l1.full_norm(self._pairs)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Loss of one micro-batch.

        The gradients of all micro-batches of a step add up, so the penalty is divided by their number, but only when
        Trainer does not do it itself: it divides the loss exactly when it does not know the number of items.
        """
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True, num_items_in_batch=num_items_in_batch)
        if self.model.training:
            parts = self.current_gradient_accumulation_steps
            divided_later = (
                not self.model_accepts_loss_kwargs or num_items_in_batch is None
            ) and self.compute_loss_func is None
            self._task_sum += float(loss.detach()) / (parts if divided_later else 1)
            if self.l1_lambda:
                norm = self.l1_norm()
                self._metrics["train"]["l1_delta"].append(float(norm.detach()))
                self._metrics["train"]["l1_penalty"].append(self.l1_lambda * float(norm.detach()))
                loss = loss + self.l1_lambda * norm.to(loss.device) / (1 if divided_later else parts)
        return (loss, outputs) if return_outputs else loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the task loss (the loss without the penalty) as the mean since the last logged step."""
        if "loss" in logs and self.state.global_step > self._task_step:
            logs["task_loss"] = self._task_sum / (self.state.global_step - self._task_step)
            self._task_sum, self._task_step = 0.0, self.state.global_step
        super().log(logs, start_time)

    def sums(self) -> dict[str, float]:
        """What a checkpoint must have beside what TRL's trainer has."""
        return {"task_sum": self._task_sum, "task_step": self._task_step}

    def restore_sums(self, sums: Mapping[str, float]) -> None:
        """Go on from `sums`."""
        self._task_sum, self._task_step = float(sums["task_sum"]), int(sums["task_step"])

    def delta_summary(self) -> dict[str, float]:
        """Norm and sparsity of the delta after training; empty when full weights were trained without a penalty."""
        if self._lora:
            return l1.summary(l1.lora_deltas(self._factors or l1.readable_factors(self.model)))
        return l1.summary(l1.full_deltas(self._pairs)) if self._pairs else {}


def l1_lambda(parameters: Mapping[str, Any]) -> float:
    """The field sparsity.l1.lambda; 0 when it is not set. Raises InvalidParameter."""
    sparsity = parameters.get("sparsity") or {}
    penalty = (sparsity.get("l1") if isinstance(sparsity, dict) else None) or {}
    value = penalty.get("lambda") if isinstance(penalty, dict) else None
    if value is None:
        return 0.0
    number = float(convert(value, "float", "sparsity.l1.lambda"))
    if number < 0:
        raise StageError("InvalidParameter", f"sparsity.l1.lambda: must not be negative, but is {number:g}.")
    return number


def run(stage: StageDocument, output: Path) -> StageResult:
    """Train and write `model/` and `log.jsonl`."""
    strength = l1_lambda(stage.parameters)
    prepared = training.setup(stage, data.SFT_FORMATS)
    args = training.arguments(SFTConfig, stage, prepared, {})
    set_seed(args.seed)
    base = models.load_full(prepared.base)
    if not prepared.tuning.lora:
        models.make_savable(base, prepared.base.name)
    trainer = training.build(PenalisedSFTTrainer, base, args, prepared, l1_lambda=strength)
    trained = training.train(trainer, prepared, output)
    trained.metrics.update(trainer.delta_summary())
    if strength:
        trained.metrics["l1_penalty"] = strength * trained.metrics["l1_delta"]
    model, tokenizer = trainer.model, prepared.tokenizer
    with training.writing(trainer, output):
        if prepared.tuning.lora:
            models.save_adapter(model, tokenizer, output / "model", prepared.base.name)
        else:
            models.save_full(model, tokenizer, output / "model")
    return training.finish(stage, prepared, trainer, trained, {"sparsity": {"l1": {"lambda": strength}}})
