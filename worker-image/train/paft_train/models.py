"""Loading and saving models and tokenizers: float32, safetensors only, no remote code, nothing from the network."""

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from paft_train import checkpoint, log
from paft_train.checkpoint import Checkpoint
from paft_train.datafiles import confirm, content_of, fetched_uri
from paft_train.document import StageDocument, StageInput
from paft_train.errors import StageError


def quiet() -> None:
    """Keep the libraries' own progress bars and notices out of the log; errors stay."""
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    import datasets

    datasets.disable_progress_bars()
    for name in ("lm_eval", "lm-eval", "trl", "peft", "accelerate", "datasets", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")


def device() -> torch.device:
    """The GPU when there is one, else the CPU.

    Raises InvalidParameter when there are several: without a launcher they would be used in a way that multiplies the
    batch size.
    """
    count = torch.cuda.device_count()
    if count > 1:
        raise StageError(
            "InvalidParameter",
            f"the pod sees {count} GPUs, and a stage uses one: ask for one GPU in pod.resources.limits.",
        )
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def runtime() -> dict[str, Any]:
    """Where the stage ran, for the manifest."""
    where = device()
    name = torch.cuda.get_device_name(0) if where.type == "cuda" else "cpu"
    return {"device": where.type, "deviceName": name, "threads": torch.get_num_threads()}


def base_checkpoint(stage: StageDocument) -> Checkpoint:
    """The base model of a stage, checked. Raises ModelNotFound, ModelInvalid, UnsafeFormat."""
    item = stage.input("baseModel")
    found = checkpoint.inspect(content_of(item, "ModelNotFound"), model_name(item))
    if found.adapter:
        raise StageError("ModelInvalid", f"{found.name} is a PEFT adapter; the base model must be a full checkpoint.")
    return found


def stage_checkpoint(item: StageInput) -> Checkpoint:
    """The model that another stage made, checked."""
    return checkpoint.inspect(content_of(item, "ModelNotFound") / "model", item.name)


def model_name(item: StageInput) -> str:
    """The URI of a model: the input's own, or that of the fetch stage which it comes from."""
    return item.uri if item.uri is not None else fetched_uri(item.path) or item.name


def load_tokenizer(path: Path, name: str) -> Any:
    """The tokenizer of a checkpoint. Raises ModelInvalid when there is none that can be read."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise StageError("ModelInvalid", f"{name}: no tokenizer that can be read ({_first_line(error)}).") from error
    if tokenizer.pad_token is None and tokenizer.eos_token is None:
        raise StageError("ModelInvalid", f"{name}: the tokenizer has neither a pad nor an eos token.")
    return tokenizer


def load_full(found: Checkpoint) -> Any:
    """A full checkpoint in float32 on the CPU.

    Raises ModelInvalid (weights missing, unknown architecture), ShapeMismatch (config and weights do not fit) or
    UnsafeFormat (needs remote code).
    """
    try:
        model = _load_full(found)
    except StageError:
        # Whose output was damaged meanwhile says more than how it shows.
        confirm()
        raise
    confirm()
    return model


def _load_full(found: Checkpoint) -> Any:
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            found.path,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        text = str(error)
        if "trust_remote_code" in text or "remote code" in text:
            raise StageError(
                "UnsafeFormat", f"{found.name}: needs code that comes with the model, which is never run."
            ) from error
        if isinstance(error, OSError) and error.errno is not None:
            raise
        if "memory" in text.lower():
            raise
        raise StageError(
            "ModelInvalid", f"{found.name}/config.json, offset 0: cannot be loaded ({_first_line(error)})."
        ) from error
    missing = sorted(info["missing_keys"])
    if missing:
        raise StageError(
            "ModelInvalid", f"{found.name}: the weights lack {missing[0]} ({len(missing)} tensors missing)."
        )
    if info["mismatched_keys"]:
        key, *shapes = sorted(info["mismatched_keys"], key=str)[0]
        pair = " and ".join(str(list(shape)) for shape in shapes)
        raise StageError("ShapeMismatch", f"{found.name}: tensor {key}: checkpoint and config have the shapes {pair}.")
    return model


def load_subject(base: Checkpoint, subject: Checkpoint | None) -> tuple[Any, Any]:
    """Model and tokenizer of what another stage made: a full checkpoint, or the base with the adapter on it."""
    if subject is None:
        return load_full(base), load_tokenizer(base.path, base.name)
    if not subject.adapter:
        return load_full(subject), load_tokenizer(subject.path, subject.name)
    return load_adapter(base, subject), load_tokenizer(subject.path, subject.name)


def load_adapter(base: Checkpoint, adapter: Checkpoint) -> Any:
    """The base model with a PEFT adapter on it. Raises ShapeMismatch before anything is loaded."""
    from peft import PeftModel

    checkpoint.check_adapter(adapter, base)
    model = PeftModel.from_pretrained(load_full(base), adapter.path, is_trainable=False, local_files_only=True)
    confirm()
    return model


def make_savable(model: Any, name: str) -> None:
    """Mend what transformers loads without a word, but refuses to save when a training is done. Raises ModelInvalid.

    Many models come with a temperature for sampling in generation_config.json, and without the flag that says to
    sample; here it is set, which changes no answer that this program asks for.
    """
    config = getattr(model, "generation_config", None)
    if config is None or _refusal(config) is None:
        return
    if config.temperature == 0:
        # Somebody's way to say greedy, which sampling cannot do.
        config.temperature = None
    if _refusal(config) is not None:
        config.do_sample = True
    problem = _refusal(config)
    if problem is not None:
        raise StageError("ModelInvalid", f"{name}/generation_config.json: transformers will not save it ({problem}).")
    log.event(f"{name}: generation_config.json as it is cannot be saved: written with do_sample {config.do_sample}")


def _refusal(config: Any) -> str | None:
    try:
        config.validate(strict=True)
    except ValueError as error:
        return " ".join(str(error).split())[:400]
    return None


def save_full(model: Any, tokenizer: Any, directory: Path) -> None:
    """Write a full checkpoint: config, safetensors, tokenizer."""
    model.config.use_cache = True  # training switches it off, and generation without it is slow
    model.save_pretrained(directory)
    save_tokenizer(tokenizer, directory)


def save_tokenizer(tokenizer: Any, directory: Path) -> None:
    """Write a tokenizer without the traces of how it was loaded."""
    for name in ("local_files_only", "is_local"):
        tokenizer.init_kwargs.pop(name, None)
    tokenizer.save_pretrained(directory)


def save_adapter(model: Any, tokenizer: Any, directory: Path, base_name: str) -> None:
    """Write a PEFT adapter that names its base by `base_name`, not by a path of the machine that trained it."""
    model.save_pretrained(directory, save_embedding_layers=False)
    path = directory / checkpoint.ADAPTER_CONFIG
    config = json.loads(path.read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base_name
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (directory / "README.md").unlink(missing_ok=True)
    save_tokenizer(tokenizer, directory)


def versions() -> dict[str, str]:
    """Versions of this program and the libraries that can change a result."""
    import platform
    from importlib import metadata

    from paft_train import __version__

    found = {"paft-train": __version__, "python": platform.python_version(), "torch": str(torch.__version__)}
    for name in (
        "transformers",
        "trl",
        "peft",
        "datasets",
        "accelerate",
        "safetensors",
        "tokenizers",
        "lm_eval",
        "numpy",
    ):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            log.event(f"{name} is not installed")
    return found


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
