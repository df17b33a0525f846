"""What supervised and preference training have in common: data, arguments, the log, the output."""

import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback

from paft_train import (
    chat,
    data,
    datafiles,
    failures,
    files,
    log,
    manifest,
    models,
    progress,
    settings,
    training_log,
    tuning,
)
from paft_train.checkpoint import Checkpoint
from paft_train.data import Dataset
from paft_train.document import StageDocument
from paft_train.errors import StageError, Stopped
from paft_train.growth import Growth
from paft_train.manifest import StageResult
from paft_train.resume import saver
from paft_train.resume.runs import Runs
from paft_train.resume.stop import StopRequest
from paft_train.resume.store import Identity, Store
from paft_train.training_inputs import InputsAreRead
from paft_train.training_log import Follower
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
        work: the stage's work directory, where checkpoints lie.
        interval: seconds between two checkpoints.
        digests: input name -> digest of what was read, of inputs from outside.
        identity: what a checkpoint must have in common with this training.
    """

    base: Checkpoint
    tokenizer: Any
    dataset: Dataset
    tuning: Tuning
    work: Path
    interval: float
    digests: dict[str, str]
    identity: Identity


def setup(stage: StageDocument, formats: tuple[tuple[str, ...], ...]) -> Setup:
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
    identity = Identity(stage.key, models.versions(), digests | _upstream(stage), models.device().type)
    return Setup(base, tokenizer, dataset, asked, stage.work, stage.checkpoint_interval, digests, identity)


def _upstream(stage: StageDocument) -> dict[str, str]:
    """Input name -> digest that its manifest records, of inputs that other stages made."""
    found = {}
    for name, item in stage.inputs.items():
        if item.stage is not None:
            datafiles.content_of(item, "ModelNotFound")
        recorded = manifest.read(item.path) if item.stage is not None else None
        if recorded is not None:
            found[name] = str(recorded.get("digest"))
    return found


def arguments(config: Any, stage: StageDocument, prepared: Setup, fixed: Mapping[str, Any]) -> Any:
    """An instance of a TRL config class: our defaults, then what was asked for, then what the stage fixes.

    Raises UnknownArgument or InvalidParameter.
    """
    gpu = models.device().type == "cuda"
    given = settings.hyperparameters(stage.parameters.get("hyperparameters"))
    extra = settings.extra_arguments(stage.parameters.get("extraArgs"), typing.get_type_hints(config), config.__name__)
    defaults = settings.our_defaults(gpu=gpu, bf16_supported=gpu and torch.cuda.is_bf16_supported())
    values = defaults | given | extra | dict(fixed) | {"output_dir": str(prepared.work / "saving")}
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
    kept, rows = rows_trained(built), len(prepared.dataset.rows)
    if kept == 0:
        raise StageError("InvalidParameter", "hyperparameters.maxLength: no row has a completion within this length.")
    if kept is not None and kept < rows:
        log.event(f"{rows - kept} of {rows} rows left out: nothing of their answer is within hyperparameters.maxLength")
    built.remove_callback(PrinterCallback)
    return built


def rows_trained(trainer: Any) -> int | None:
    """How many rows TRL trains on; None when it packs several into one, so that nobody knows.

    It leaves out, without a word, those whose prompt alone is as long as maxLength.
    """
    kept = len(trainer.train_dataset)
    return None if kept and getattr(trainer.args, "packing", False) else kept


@dataclass(frozen=True)
class Trained:
    """A training whose every step was done.

    Attributes:
        metrics: numbers by name, of the whole training.
        runs: one entry per start of it, for the manifest.
        message: one sentence for a person.
    """

    metrics: dict[str, float]
    runs: list[dict[str, Any]]
    message: str


def train(trainer: Any, prepared: Setup, output: Path) -> Trained:
    """Train, from the newest checkpoint if there is one, and write log.jsonl.

    A SIGTERM that comes before the last step raises Stopped, after a checkpoint. One that comes later changes nothing:
    the result is being written.
    """
    store = Store(prepared.work, prepared.identity)
    start = store.newest()
    stop = StopRequest()
    follower = Follower(output, saver.log_of(start) if start else None)
    checkpoints = saver.Checkpoints(store, start, prepared.interval, stop, follower)
    trainer.add_callback(InputsAreRead(datafiles.confirm))
    trainer.add_callback(follower)
    trainer.add_callback(ProgressCallback(progress.reporter(), lambda: follower.last))
    checkpoints.attach(trainer)
    parameters = sum(p.numel() for p in trainer.model.parameters())
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    log.event(
        f"training {trained} of {parameters} parameters on {trainer.args.device} with {torch.get_num_threads()} threads"
    )
    stop.listen()
    try:
        outcome = trainer.train(resume_from_checkpoint=str(start.path) if start else None)
    except Exception as error:
        if start is not None and not checkpoints.begun and failures.classify(error).reason == "InternalError":
            store.put_aside(start, f"it cannot be loaded ({error})")
            raise StageError(
                "CheckpointUnusable", f"{store.set_aside[-1]}; the next attempt does without it."
            ) from error
        if isinstance(error, ValueError | TypeError | NotImplementedError):
            raise StageError("InvalidParameter", f"training refused the parameters: {error}") from error
        raise
    finally:
        follower.close()
    done, wanted = int(trainer.state.global_step), int(trainer.state.max_steps)
    if done < wanted:
        if stop.signal_name is None:
            raise StageError(
                "InternalError", f"the training ended after step {done} of {wanted}, and nobody asked it to."
            )
        raise Stopped(stop.signal_name, done, checkpoints.problem)
    if not math.isfinite(outcome.training_loss):
        # The log looks at the steps that it gets, and the last one need not be among them.
        raise training_log.not_a_number("one of the last steps")
    record = Runs(prepared.work).summary()
    metrics = {
        "train_loss": float(outcome.training_loss),
        "steps": done,
        "epochs": float(trainer.state.epoch or 0.0),
        "train_seconds": round(follower.seconds, 2),
        "trained_parameters": trained,
    } | {f"final_{name}": value for name, value in follower.last.items()}
    message = f"{done} steps, train loss {metrics['train_loss']:.4g}"
    if record.steps:
        metrics |= {"resumes": len(record.steps), "lost_steps": record.lost}
        message += f"; went on from step {', '.join(map(str, record.steps))}, {record.lost} steps were done again"
    if record.set_aside:
        message += "; " + "; ".join(record.set_aside)
    return Trained(metrics, record.runs, message)


def writing(trainer: Any, output: Path) -> Growth:
    """While the context is open, the operator hears that the result grows: of a large model that takes minutes."""
    reporter = progress.reporter() if trainer.is_world_process_zero() else progress.Silent()
    step, total = int(trainer.state.global_step), int(trainer.state.max_steps)
    return Growth(output, lambda there: reporter.report(progress.Report(1.0, step, total, work=there)))


def finish(
    stage: StageDocument, prepared: Setup, trainer: Any, trained: Trained, resolved: dict[str, Any]
) -> StageResult:
    """Describe the output."""
    args = trainer.args
    values = {
        name: getattr(args.lr_scheduler_type, "value", args.lr_scheduler_type)
        if name == "lrSchedulerType"
        else getattr(args, item.trl)
        for name, item in settings.HYPERPARAMETERS.items()
    }
    kept = rows_trained(trainer)
    everything = {
        "dataset": {"format": prepared.dataset.format, "rows": len(prepared.dataset.rows)}
        | ({} if kept is None else {"rowsTrained": kept}),
        "tuning": prepared.tuning.resolved(),
        "hyperparameters": values,
        "extraArgs": dict(stage.parameters.get("extraArgs") or {}),
        "dtype": "float32" if not args.bf16 else "float32 weights, bfloat16 autocast",
    }
    return StageResult(
        message=trained.message,
        metrics=trained.metrics,
        runs=trained.runs,
        resolved=everything | models.runtime() | resolved,
        versions=models.versions(),
        digests=prepared.digests,
    )
