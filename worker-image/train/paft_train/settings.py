"""What a person wrote -> the arguments of TRL's config classes. Pure: needs no library, only field names and types."""

import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from paft_train.errors import StageError

Number = Literal["int", "float", "bool", "str"]


@dataclass(frozen=True)
class Hyperparameter:
    """One field of `hyperparameters`: TRL's name, its type, and the range that makes sense (inclusive)."""

    trl: str
    type: Number
    low: float | None = None
    high: float | None = None


HYPERPARAMETERS: Final[dict[str, Hyperparameter]] = {
    "learningRate": Hyperparameter("learning_rate", "float", 0),
    "numTrainEpochs": Hyperparameter("num_train_epochs", "float", 0),
    "maxSteps": Hyperparameter("max_steps", "int", -1),
    "perDeviceTrainBatchSize": Hyperparameter("per_device_train_batch_size", "int", 1),
    "gradientAccumulationSteps": Hyperparameter("gradient_accumulation_steps", "int", 1),
    "warmupRatio": Hyperparameter("warmup_steps", "float", 0, 1),
    "lrSchedulerType": Hyperparameter("lr_scheduler_type", "str"),
    "weightDecay": Hyperparameter("weight_decay", "float", 0),
    "maxGradNorm": Hyperparameter("max_grad_norm", "float", 0),
    "maxLength": Hyperparameter("max_length", "int", 1),
    "seed": Hyperparameter("seed", "int", 0),
    "loggingSteps": Hyperparameter("logging_steps", "int", 1),
    "gradientCheckpointing": Hyperparameter("gradient_checkpointing", "bool"),
    "bf16": Hyperparameter("bf16", "bool"),
}
"""Field of the API -> TRL's field. Everything that is not set keeps TRL's own default, but for `our_defaults`."""

_OWNED: Final[dict[str, str]] = {
    **{item.trl: f"hyperparameters.{name}" for name, item in HYPERPARAMETERS.items()},
    "warmup_ratio": "hyperparameters.warmupRatio",
    "beta": "beta",
    "output_dir": "nothing: the stage knows its output directory",
    "dataset_text_field": "the column 'text' in the dataset",
    "remove_unused_columns": "nothing: the stage knows its columns",
    "disable_tqdm": "nothing: progress is printed line by line",
    "logging_strategy": "hyperparameters.loggingSteps",
    "logging_nan_inf_filter": "nothing: a loss that is not a number ends the stage",
}
_UNSAFE_PREFIXES: Final = ("hub_", "push_to_hub", "save_", "eval_", "fsdp", "deepspeed", "trackio_", "batch_eval")
_UNSAFE: Final[dict[str, str]] = {
    "report_to": "trackers need tokens, which a stage does not get",
    "run_name": "trackers need tokens, which a stage does not get",
    "project": "trackers need tokens, which a stage does not get",
    "trust_remote_code": "code that comes with a model is never run",
    "model_init_kwargs": "the stage loads the model itself, as safetensors and without remote code",
    "dataset_kwargs": "the stage checks and prepares the dataset itself",
    "chat_template_path": "both branches and the evaluation must use the base model's own template",
    "use_liger_kernel": "it gives wrong gradients for DPO in several versions",
    "resume_from_checkpoint": "the stage goes on from its own checkpoints by itself",
    "load_best_model_at_end": "there is no evaluation while training",
    "do_eval": "there is no evaluation while training",
    "eval_on_start": "there is no evaluation while training",
    "sync_ref_model": "the reference is the model that the branch starts from",
    "generate_during_eval": "there is no evaluation while training",
    "local_rank": "the operator starts the processes",
    "ddp_backend": "the operator starts the processes",
    "enable_jit_checkpoint": "the stage saves checkpoints by itself, see checkpointInterval",
    "restore_callback_states_from_checkpoint": "the stage goes on from its own checkpoints by itself",
    "ignore_data_skip": "a training that goes on must not see rows twice",
    "accelerator_config": "the operator starts the processes",
    "parallelism_config": "the operator starts the processes",
}


def our_defaults(*, gpu: bool, bf16_supported: bool) -> dict[str, Any]:
    """The defaults in which a stage differs from TRL, by TRL's field names."""
    return {
        "seed": 42,
        "gradient_checkpointing": gpu,
        "bf16": gpu and bf16_supported,
        "report_to": "none",
        "save_strategy": "no",
        "disable_tqdm": True,
        "logging_nan_inf_filter": False,
        "use_cpu": not gpu,
    }


def hyperparameters(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The given hyperparameters by TRL's names. Raises InvalidParameter for unknown names, types and ranges."""
    arguments: dict[str, Any] = {}
    for name, value in _mapping(given, "hyperparameters").items():
        item = HYPERPARAMETERS.get(name)
        if item is None:
            raise StageError(
                "InvalidParameter", f"hyperparameters.{name}: no such field{_suggest(name, HYPERPARAMETERS)}"
            )
        if value is None:
            continue
        number = convert(value, item.type, f"hyperparameters.{name}")
        if isinstance(number, int | float) and not isinstance(number, bool):
            _check_range(number, item, f"hyperparameters.{name}")
        arguments[item.trl] = number
    if arguments.get("warmup_steps") == 1:
        raise StageError("InvalidParameter", "hyperparameters.warmupRatio: must be less than 1.")
    if arguments.get("max_steps") == 0:
        raise StageError("InvalidParameter", "hyperparameters.maxSteps: must be at least 1, or -1 for whole epochs.")
    return arguments


def extra_arguments(given: Mapping[str, Any] | None, hints: Mapping[str, Any], config: str) -> dict[str, Any]:
    """Check `extraArgs` against the fields of a TRL config class.

    Args:
        given: what a person wrote, in TRL's names.
        hints: field name -> type annotation of the config class.
        config: the name of the class, for messages.

    Raises:
        StageError: UnknownArgument for a field that does not exist (with close matches), that a field of the API owns
            (with its name) or that is refused (with why); InvalidParameter for a value of another type.
    """
    arguments: dict[str, Any] = {}
    for name, value in _mapping(given, "extraArgs").items():
        where = f"extraArgs.{name}"
        if name in _OWNED:
            raise StageError("UnknownArgument", f"{where}: use {_OWNED[name]} for this.")
        if name in _UNSAFE:
            raise StageError("UnknownArgument", f"{where} is refused: {_UNSAFE[name]}.")
        if name.startswith(_UNSAFE_PREFIXES):
            raise StageError(
                "UnknownArgument", f"{where} is refused: saving, evaluating and publishing are other stages."
            )
        if name not in hints:
            raise StageError("UnknownArgument", f"{where}: {config} has no such field{_suggest(name, hints)}")
        arguments[name] = _convert_hint(value, hints[name], where)
    return arguments


def convert(value: Any, kind: Number, where: str) -> Any:
    """A value as the given type; numbers may be written as text, since YAML 1.1 reads `2e-4` as text.

    Raises InvalidParameter.
    """
    try:
        match kind:
            case "bool" if isinstance(value, bool):
                return value
            case "str" if isinstance(value, str):
                return value
            case "int" if not isinstance(value, bool) and float(value) == int(float(value)):
                return int(float(value))
            case "float" if not isinstance(value, bool) and float("-inf") < float(value) < float("inf"):
                return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    names = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}
    raise StageError("InvalidParameter", f"{where}: must be {names[kind]}, but is {value!r}.")


def _convert_hint(value: Any, hint: Any, where: str) -> Any:
    """Convert to the one plain type of an annotation such as `float | None`; leave anything else as it is."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) or typing.get_origin(hint) else (hint,)
    if value is None and (type(None) in options or hint is Any):
        return None
    plain = [option for option in options if option in (bool, int, float, str)]
    others = [option for option in options if option not in (bool, int, float, str, type(None))]
    if len(plain) == 1 and not others:
        names: dict[type, Number] = {bool: "bool", int: "int", float: "float", str: "str"}
        return convert(value, names[plain[0]], where)
    return value


def _check_range(number: float, item: Hyperparameter, where: str) -> None:
    if item.low is not None and number < item.low:
        raise StageError("InvalidParameter", f"{where}: must be at least {item.low:g}, but is {number:g}.")
    if item.high is not None and number > item.high:
        raise StageError("InvalidParameter", f"{where}: must be at most {item.high:g}, but is {number:g}.")


def _mapping(given: Mapping[str, Any] | None, where: str) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise StageError("InvalidParameter", f"{where}: must be an object.")
    return given


def _suggest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else "."
