"""What other stages made is compared with its manifest before it is read, and what was touched since then once more."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace, fixture, flip_a_bit, quick
from resuming import during
from transformers import AutoModelForCausalLM

from paft_train import datafiles, models
from paft_train.document import StageInput
from paft_train.errors import StageError


@pytest.fixture
def item(full: Ended, tmp_path: Path) -> StageInput:
    output = Path(shutil.copytree(full.output, tmp_path / "sft" / ("a" * 64)))
    return StageInput(path=output, uri=None, stage="sft", key="a" * 64, asked={})


def test_what_was_only_touched_is_good(item: StageInput) -> None:
    datafiles.content_of(item, "ModelNotFound")
    datafiles.confirm()
    os.utime(item.path / "model/model.safetensors", (1, 1))
    datafiles.confirm()


def test_a_bit_that_flips_after_it_was_compared(item: StageInput) -> None:
    datafiles.content_of(item, "ModelNotFound")
    flip_a_bit(item.path)
    with pytest.raises(StageError, match="the output of stage sft is damaged") as caught:
        datafiles.confirm()
    assert caught.value.reason == "ModelInvalid"


def test_a_bit_that_flips_while_a_model_is_loaded(item: StageInput, monkeypatch: pytest.MonkeyPatch) -> None:
    real = AutoModelForCausalLM.from_pretrained

    def flips(*args: Any, **named: Any) -> Any:
        flip_a_bit(item.path)
        return real(*args, **named)

    found = models.stage_checkpoint(item)
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", flips)
    with pytest.raises(StageError, match="the output of stage sft is damaged"):
        models.load_full(found)


def test_a_bit_that_flips_before_the_first_step_is_done(
    workspace: Workspace, full: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "e6" * 32
    output = Path(shutil.copytree(full.output, workspace.root / "sft" / name))
    document = quick(fixture("sequential"))
    document["inputs"]["initial"] = {"stage": "sft", "key": name, "path": f"sft/{name}"}
    during(monkeypatch, 1, lambda: flip_a_bit(output))
    ended = workspace.run(document, "e8")
    assert (ended.code, ended.message["reason"]) == (65, "ModelInvalid")
    assert "the output of stage sft is damaged" in ended.message["message"]
