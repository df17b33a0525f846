"""The stage `preference`: DPO or ORPO, from the base model or (input `initial`) from what the SFT stage made."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import set_seed

from paft_train import data, log, models, training
from paft_train.document import StageDocument
from paft_train.errors import StageError
from paft_train.manifest import StageResult
from paft_train.settings import convert

DEFAULT_BETA = 0.1


def beta_of(parameters: Mapping[str, Any]) -> float:
    """The field beta. Raises InvalidParameter."""
    value = parameters.get("beta")
    if value is None:
        return DEFAULT_BETA
    beta = float(convert(value, "float", "beta"))
    if beta <= 0:
        raise StageError("InvalidParameter", f"beta: must be more than 0, but is {beta:g}.")
    return beta


def run(stage: StageDocument, output: Path) -> StageResult:
    """Train and write `model/` and `log.jsonl`.

    From the base model the output is what `tuning` says: an adapter or a full checkpoint. With `initial` the reference
    of DPO is the initial model; the output is then always a full checkpoint, since an adapter would be relative to a
    model that no URI names.
    """
    algorithm = stage.parameters.get("algorithm")
    if algorithm not in ("DPO", "ORPO"):
        raise StageError("InvalidParameter", f"algorithm: must be DPO or ORPO, but is {algorithm!r}.")
    beta = beta_of(stage.parameters)
    prepared = training.setup(stage, data.PREFERENCE_FORMATS)
    config, trainer_class = _classes(algorithm)
    fixed: dict[str, Any] = {"beta": beta}
    if algorithm == "ORPO":
        fixed["remove_unused_columns"] = False
    args = training.arguments(config, stage, prepared, fixed)
    sequential = "initial" in stage.inputs
    adapter_only = prepared.tuning.lora and not sequential
    model = _start(stage, prepared)
    if not adapter_only:
        models.make_savable(model, prepared.base.name)
    more: dict[str, Any] = {}
    if algorithm == "DPO" and not prepared.tuning.lora and not args.precompute_ref_log_probs:
        more["ref_model"] = copy.deepcopy(model)
    set_seed(args.seed)
    trainer = training.build(trainer_class, model, args, prepared, **more)
    trained = training.train(trainer, prepared, output)
    model, tokenizer = trainer.model, prepared.tokenizer
    with training.writing(trainer, output):
        if adapter_only:
            models.save_adapter(model, tokenizer, output / "model", prepared.base.name)
        else:
            merged = model.merge_and_unload() if prepared.tuning.lora else model
            models.save_full(merged, tokenizer, output / "model")
    resolved = {"algorithm": algorithm, "beta": beta, "start": "initial" if sequential else "baseModel"}
    return training.finish(stage, prepared, trainer, trained, resolved)


def _classes(algorithm: str) -> tuple[Any, Any]:
    """TRL's config and trainer classes. ORPO lives in TRL's experimental part, which may move in another version."""
    if algorithm == "DPO":
        from trl import DPOConfig, DPOTrainer

        return DPOConfig, DPOTrainer
    try:
        from trl.experimental.orpo import ORPOConfig, ORPOTrainer
    except ImportError as error:
        raise StageError("InvalidParameter", "algorithm: the TRL of this image has no ORPO; use DPO.") from error
    return ORPOConfig, ORPOTrainer


def _start(stage: StageDocument, prepared: training.Setup) -> Any:
    """The model that the branch starts from, in float32: an adapter of the SFT stage is merged into the base."""
    if "initial" not in stage.inputs:
        return models.load_full(prepared.base)
    initial = models.stage_checkpoint(stage.input("initial"))
    log.event(f"starting from {initial.name}" + (" merged into the base model" if initial.adapter else ""))
    if initial.adapter:
        return models.load_adapter(prepared.base, initial).merge_and_unload().requires_grad_(True)
    return models.load_full(initial)
