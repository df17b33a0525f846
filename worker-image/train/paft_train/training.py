"""What supervised and preference training have in common: data, arguments, the log, the output."""

import shutil
import time
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from paft_train import chat, data, datafiles, files, log, models, progress, settings, tuning
from paft_train.checkpoint import Checkpoint
from paft_train.data import Dataset
from paft_train.document import StageDocument
from paft_train.errors import StageError
from paft_train.manifest import StageResult
from paft_train.training_progress import ProgressCallback
from paft_train.tuning import Tuning


@dataclass(frozen=True)
class Setup:
    """The checked inputs of a training stage.

    Attributes:
        base: the base model's checkpoint.
        tokenizer: the base model's tokenizer, with a pad token.
        dataset: the checked rows.
        tuning: what is trained.
        work: a directory for files that are no part of the output.
        digests: input name -> digest of what was read.
    """

    base: Checkpoint
    tokenizer: Any
    dataset: Dataset
    tuning: Tuning
    work: Path
    digests: dict[str, str]


def setup(stage: StageDocument, output: Path, formats: tuple[tuple[str, ...], ...]) -> Setup:
    """Check everything that can be checked before a model is loaded, cheapest first."""
    asked = tuning.parse(stage.parameters.get("tuning"))
    settings.hyperparameters(stage.parameters.get("hyperparameters"))
    item = stage.input("dataset")
    root = datafiles.content_of(item, "DatasetNotFound")
    dataset = data.load(root, datafiles.split_of(stage, "dataset"), item.name, formats)
    log.event(f"dataset {item.name}: {len(dataset.rows)} rows, {dataset.format}")
    base = models.base_checkpoint(stage)
    models.quiet()
    tokenizer = models.load_tokenizer(base.path, base.name)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    chat.require_template(dataset, tokenizer, item.name)
    digests = {}
    if item.uri is not None:
        digests["dataset"] = datafiles.dataset_digest(dataset.files, root)
    if stage.input("baseModel").uri is not None:
        digests["baseModel"] = files.digest(files.entries(base.path))
    work = output / "work"
    work.mkdir()
    return Setup(base, tokenizer, dataset, asked, work, digests)


def arguments(config: Any, stage: StageDocument, prepared: Setup, fixed: Mapping[str, Any]) -> Any:
    """An instance of a TRL config class: our defaults, then what was asked for, then what the stage fixes.

    Raises UnknownArgument or InvalidParameter.
    """
    gpu = models.device().type == "cuda"
    given = settings.hyperparameters(stage.parameters.get("hyperparameters"))
    extra = settings.extra_arguments(stage.parameters.get("extraArgs"), typing.get_type_hints(config), config.__name__)
    defaults = settings.our_defaults(gpu=gpu, bf16_supported=gpu and torch.cuda.is_bf16_supported())
    values = defaults | given | extra | dict(fixed) | {"output_dir": str(prepared.work / "trainer")}
    try:
        return config(**values)
    except (ValueError, TypeError, KeyError, ImportError, NotImplementedError) as error:
        raise StageError("InvalidParameter", f"{config.__name__} refuses the parameters: {error}") from error


def lora_config(asked: Tuning) -> Any:
    """PEFT's configuration of an adapter; None for full fine-tuning."""
    if not asked.lora:
        return None
    from peft import LoraConfig

    modules: Any = "all-linear" if asked.targetModules == ["all-linear"] else asked.targetModules
    return LoraConfig(
        r=asked.r,
        lora_alpha=asked.alpha,
        lora_dropout=asked.dropout,
        target_modules=modules,
        bias="none",
        task_type="CAUSAL_LM",
    )


def build(trainer: Any, model: Any, args: Any, prepared: Setup, **more: Any) -> Any:
    """Build a trainer on the checked rows. Raises InvalidParameter for what TRL or PEFT refuse."""
    from datasets import Dataset as Rows

    try:
        built = trainer(
            model=model,
            args=args,
            train_dataset=Rows.from_list(prepared.dataset.rows),
            processing_class=prepared.tokenizer,
            peft_config=lora_config(prepared.tuning),
            **more,
        )
    except (ValueError, TypeError, KeyError, ImportError, NotImplementedError) as error:
        raise StageError("InvalidParameter", f"{trainer.__name__} refuses the parameters: {error}") from error
    if len(built.train_dataset) == 0:
        raise StageError("InvalidParameter", "hyperparameters.maxLength: no row has a completion within this length.")
    built.remove_callback(PrinterCallback)
    return built


def train(trainer: Any, output: Path) -> dict[str, float]:
    """Train, write log.jsonl, return the metrics of the run."""
    follower = Follower(output / "log.jsonl")
    trainer.add_callback(follower)
    trainer.add_callback(ProgressCallback(progress.reporter(), lambda: follower.last))
    parameters = sum(p.numel() for p in trainer.model.parameters())
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    log.event(
        f"training {trained} of {parameters} parameters on {trainer.args.device} with {torch.get_num_threads()} threads"
    )
    try:
        outcome = trainer.train()
    except (ValueError, TypeError, NotImplementedError) as error:
        raise StageError("InvalidParameter", f"training refused the parameters: {error}") from error
    finally:
        follower.close()
    return {
        "train_loss": float(outcome.training_loss),
        "steps": int(trainer.state.global_step),
        "epochs": float(trainer.state.epoch or 0.0),
        "train_seconds": round(follower.seconds, 2),
        "trained_parameters": trained,
    } | {f"final_{name}": value for name, value in follower.last.items()}


def finish(
    stage: StageDocument, prepared: Setup, trainer: Any, metrics: dict[str, float], resolved: dict[str, Any]
) -> StageResult:
    """Remove what is no part of the output and describe the rest."""
    shutil.rmtree(prepared.work)
    args = trainer.args
    values = {
        name: getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)
        if name == "lrSchedulerType"
        else getattr(args, item.trl)
        for name, item in settings.HYPERPARAMETERS.items()
    }
    everything = {
        "dataset": {"format": prepared.dataset.format, "rows": len(prepared.dataset.rows)},
        "tuning": prepared.tuning.resolved(),
        "hyperparameters": values,
        "extraArgs": dict(stage.parameters.get("extraArgs") or {}),
        "dtype": "float32" if not args.bf16 else "float32 weights, bfloat16 autocast",
    }
    return StageResult(
        message=f"{metrics['steps']} steps, train loss {metrics['train_loss']:.4g}",
        metrics=metrics,
        resolved=everything | models.runtime() | resolved,
        versions=models.versions(),
        digests=prepared.digests,
    )


_KEPT = {
    "loss": "loss",
    "task_loss": "task_loss",
    "rewards/accuracies": "reward_accuracy",
    "rewards/margins": "reward_margin",
}


class Follower(TrainerCallback):
    """Writes log.jsonl and one line on stdout per logged step; a loss that is not a number ends the stage.

    Attributes:
        last: the values of the last logged step that are worth a metric.
        seconds: wall-clock time of the training loop.
    """

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8")
        self._start = time.monotonic()
        self.last: dict[str, float] = {}
        self.seconds = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock."""
        self._start = time.monotonic()
        log.event(
            f"{state.max_steps} steps of {args.per_device_train_batch_size} x {args.gradient_accumulation_steps} rows"
        )

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Record a logged step; the summary at the end of the training is not one."""
        if not logs or "loss" not in logs:
            return
        self.seconds = time.monotonic() - self._start
        numbers = {name: float(value) for name, value in logs.items() if isinstance(value, int | float)}
        row = {"step": state.global_step, "seconds": round(self.seconds, 3), **numbers}
        self._stream.write(files.to_json(row, indent=None) + "\n")
        self._stream.flush()
        self.last = {short: numbers[name] for name, short in _KEPT.items() if name in numbers}
        left = self.seconds / max(state.global_step, 1) * (state.max_steps - state.global_step)
        parts = " ".join(f"{short} {value:.4g}" for short, value in self.last.items())
        log.event(
            f"step {state.global_step}/{state.max_steps} {parts} lr {numbers.get('learning_rate', 0):.3g} "
            f"eta {log.duration(left)}"
        )
        if row["loss"] != row["loss"] or abs(row["loss"]) == float("inf"):
            raise StageError(
                "InvalidParameter",
                f"the loss is not a number at step {state.global_step}: lower hyperparameters.learningRate.",
            )

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Stop the clock."""
        self.seconds = time.monotonic() - self._start

    def close(self) -> None:
        """Close the log."""
        self._stream.close()
