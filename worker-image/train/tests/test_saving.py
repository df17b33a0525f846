"""Models that transformers loads, but would not save as they are."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace, fixture, quick

SAMPLING = {"temperature": 0.9, "top_p": 0.6}
NOT_TO_BE_SAVED = {"early_stopping": True, "length_penalty": 2.0}


def base(root: Path, name: str, generation: dict[str, Any]) -> dict[str, str]:
    """The small model with another generation_config.json, as the input `baseModel`."""
    shutil.copytree(root / "models/tiny", root / "models" / name, dirs_exist_ok=True)
    (root / "models" / name / "generation_config.json").write_text(json.dumps(generation))
    return {"uri": f"models/{name}", "path": f"models/{name}"}


def saved(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.message
    return json.loads((ended.output / "model/generation_config.json").read_text())


def test_a_model_with_settings_for_sampling_is_trained_and_saved(workspace: Workspace, seeded: Path) -> None:
    document = quick(fixture("sft")) | {"checkpointIntervalSeconds": 0.001}
    document["parameters"]["tuning"] = {"type": "Full"}
    document["inputs"]["baseModel"] = base(seeded, "sampling", SAMPLING)
    ended = workspace.run(document, "5a")
    assert saved(ended).items() >= (SAMPLING | {"do_sample": True}).items()
    assert "checkpoint of step 1/4: " in ended.log
    assert "written with do_sample True" in ended.log


def test_a_temperature_of_0_means_no_sampling(workspace: Workspace, seeded: Path) -> None:
    document = quick(fixture("sft"), maxSteps=1)
    document["parameters"]["tuning"] = {"type": "Full"}
    document["inputs"]["baseModel"] = base(seeded, "greedy", {"temperature": 0.0})
    assert not saved(workspace.run(document, "5e")).keys() & {"temperature", "do_sample"}


def test_what_a_sequential_branch_makes_of_an_adapter_can_be_saved_too(
    workspace: Workspace, seeded: Path, lora: Ended
) -> None:
    document = quick(fixture("sequential"))
    document["parameters"]["tuning"] = {"type": "LoRA"}
    document["inputs"]["baseModel"] = base(seeded, "sampling", SAMPLING)
    document["inputs"]["initial"] = workspace.stage_input("sft", lora)
    assert saved(workspace.run(document, "5b"))["do_sample"] is True


@pytest.mark.parametrize("kind", ["sft", "preference"])
def test_what_cannot_be_saved_is_told_before_the_training(workspace: Workspace, seeded: Path, kind: str) -> None:
    document = quick(fixture(kind))
    document["inputs"]["baseModel"] = base(seeded, "not-to-be-saved", NOT_TO_BE_SAVED)
    document["parameters"]["tuning"] = {"type": "Full"}
    ended = workspace.run(document, "5c")
    assert (ended.code, ended.message["reason"]) == (65, "ModelInvalid"), ended.message
    assert "not-to-be-saved/generation_config.json" in ended.message["message"]
    assert "early_stopping" in ended.message["message"]
    assert "training" not in ended.log.replace("before the training", "")
    # An adapter brings no generation_config.json along.
    document["parameters"]["tuning"] = {"type": "LoRA"}
    assert workspace.run(document, "5d").code == 0
