from typing import Any

import pytest

from paft_train import preference, settings, sft, tuning
from paft_train.errors import StageError

HINTS = {
    "adam_beta2": float,
    "packing": bool,
    "optim": str | Any,
    "max_x": int | None,
    "neftune_noise_alpha": float | None,
}


def test_names_map_to_trl() -> None:
    given = {"learningRate": "2e-4", "maxSteps": 5.0, "warmupRatio": 0.1, "bf16": False, "lrSchedulerType": "cosine"}
    assert settings.hyperparameters(given) == {
        "learning_rate": 2e-4,
        "max_steps": 5,
        "warmup_steps": 0.1,
        "bf16": False,
        "lr_scheduler_type": "cosine",
    }
    assert settings.hyperparameters(None) == {}


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"learningrate": 1}, "did you mean learningRate"),
        ({"learningRate": "fast"}, "must be a number"),
        ({"learningRate": -1}, "at least 0"),
        ({"learningRate": float("nan")}, "must be a number"),
        ({"maxSteps": 1.5}, "whole number"),
        ({"maxSteps": 0}, "maxSteps"),
        ({"maxSteps": True}, "whole number"),
        ({"warmupRatio": 1}, "less than 1"),
        ({"warmupRatio": 2}, "at most 1"),
        ({"bf16": "yes"}, "true or false"),
        ({"perDeviceTrainBatchSize": 0}, "at least 1"),
        ([], "must be an object"),
    ],
)
def test_bad_hyperparameters(given: Any, part: str) -> None:
    with pytest.raises(StageError) as raised:
        settings.hyperparameters(given)
    assert raised.value.reason == "InvalidParameter"
    assert part in raised.value.message


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("adam_bta2", "did you mean adam_beta2"),
        ("learning_rate", "use hyperparameters.learningRate"),
        ("warmup_ratio", "use hyperparameters.warmupRatio"),
        ("beta", "use beta"),
        ("output_dir", "knows its output"),
        ("push_to_hub", "refused"),
        ("hub_token", "refused"),
        ("report_to", "token"),
        ("trust_remote_code", "never run"),
        ("save_steps", "refused"),
        ("deepspeed", "refused"),
    ],
)
def test_extra_arguments_that_are_refused(name: str, part: str) -> None:
    with pytest.raises(StageError) as raised:
        settings.extra_arguments({name: 1}, HINTS, "SFTConfig")
    assert raised.value.reason == "UnknownArgument"
    assert raised.value.code == 78
    assert part in raised.value.message


def test_extra_arguments_are_converted_by_their_type() -> None:
    given = {"adam_beta2": "0.98", "packing": True, "optim": "sgd", "max_x": None, "neftune_noise_alpha": 5}
    assert settings.extra_arguments(given, HINTS, "SFTConfig") == {
        "adam_beta2": 0.98,
        "packing": True,
        "optim": "sgd",
        "max_x": None,
        "neftune_noise_alpha": 5.0,
    }
    with pytest.raises(StageError, match=r"extraArgs\.packing: must be true or false"):
        settings.extra_arguments({"packing": "x"}, HINTS, "SFTConfig")


def test_every_owned_name_exists_in_trl() -> None:
    from dataclasses import fields

    from trl import DPOConfig, SFTConfig

    for config in (SFTConfig, DPOConfig):
        names = {item.name for item in fields(config)}
        assert {item.trl for item in settings.HYPERPARAMETERS.values()} <= names
        assert set(settings.our_defaults(gpu=False, bf16_supported=False)) <= names


def test_tuning() -> None:
    assert tuning.parse(None).resolved() == {
        "type": "LoRA",
        "r": 16,
        "alpha": 32.0,
        "dropout": 0.05,
        "targetModules": ["all-linear"],
    }
    assert tuning.parse({"type": "Full"}).resolved() == {"type": "Full"}
    assert tuning.parse({"type": "LoRA", "r": 8}).alpha == 32
    for bad in ({"type": "QLoRA"}, {"r": 0}, {"alpha": 0}, {"dropout": 1}, {"targetModules": "x"}, {"r": "many"}):
        with pytest.raises(StageError) as raised:
            tuning.parse({"type": "LoRA", **bad})
        assert raised.value.reason == "InvalidParameter"


def test_lambda_and_beta() -> None:
    assert sft.l1_lambda({}) == 0
    assert sft.l1_lambda({"sparsity": {"l1": {"lambda": "1e-6"}}}) == 1e-6
    assert preference.beta_of({}) == 0.1
    with pytest.raises(StageError):
        sft.l1_lambda({"sparsity": {"l1": {"lambda": -1}}})
    with pytest.raises(StageError):
        preference.beta_of({"beta": 0})
