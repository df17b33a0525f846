import copy
import json

import pytest
from conftest import CONTRACT, fixture

from paft_train import document
from paft_train.errors import StageError

OTHERS = ("termination", "progress", "merge-candidates")
STAGES = sorted(p.stem for p in CONTRACT.glob("*.json") if not p.name.startswith(OTHERS))


@pytest.mark.parametrize("name", STAGES)
def test_every_fixture_parses(name: str) -> None:
    asked = fixture(name)
    stage = document.parse(json.dumps(asked))
    assert (stage.node, stage.kind, stage.key) == (asked["node"], asked["kind"], asked["key"])
    assert str(stage.output) == f"/workspace/{asked['output']}"
    assert stage.parameters == asked["parameters"]
    for key, value in asked["inputs"].items():
        assert str(stage.input(key).path) == f"/workspace/{value['path']}"


def test_absolute_paths_and_fetched_inputs() -> None:
    asked = fixture("sft")
    asked["inputs"]["dataset"] = {"uri": "pvc://claim/dir", "path": "/mnt/claim/dir"}
    asked["inputs"]["baseModel"] = {"stage": "fetch-model", "key": "f" * 64, "path": f"fetch/{'f' * 64}"}
    stage = document.parse(json.dumps(asked))
    assert str(stage.input("dataset").path) == "/mnt/claim/dir"
    assert stage.input("baseModel").kind == "fetch"
    assert stage.input("dataset").kind is None


BROKEN = [
    ("apiVersion", "v2", "apiVersion"),
    ("kind", "dance", "kind 'dance'"),
    ("kind", None, "kind"),
    ("key", "abc", "64 hexadecimal"),
    ("workspace", "relative", "absolute"),
    ("output", "sft/elsewhere", "must be sft/"),
    ("node", 3, "node"),
    ("inputs", [], "inputs"),
    ("parameters", None, "parameters"),
    ("inputs", {"baseModel": "x"}, "inputs.baseModel"),
    ("inputs", {"baseModel": {"uri": "x"}}, "inputs.baseModel.path"),
    ("inputs", {"baseModel": {"uri": "x", "path": "../x"}}, ".."),
    ("inputs", {"baseModel": {"stage": "x", "path": "x/y", "key": "1"}}, "64 hexadecimal"),
]


@pytest.mark.parametrize(("field", "value", "part"), BROKEN)
def test_broken_documents_are_named(field: str, value: object, part: str) -> None:
    asked = copy.deepcopy(fixture("sft"))
    asked[field] = value
    with pytest.raises(StageError, match="PAFT_STAGE") as raised:
        document.parse(json.dumps(asked))
    assert raised.value.reason == "InvalidStage"
    assert raised.value.code == 78
    assert part in raised.value.message


@pytest.mark.parametrize("text", [None, "", "{", "[]"])
def test_no_document(text: str | None) -> None:
    with pytest.raises(StageError) as raised:
        document.parse(text)
    assert raised.value.reason == "InvalidStage"


def test_missing_input() -> None:
    with pytest.raises(StageError, match="needs the input 'subject'"):
        document.parse(json.dumps(fixture("evaluate-base"))).input("subject")


def test_the_interval_of_checkpoints() -> None:
    assert document.parse(json.dumps(fixture("sft"))).checkpoint_interval == 900
    assert document.parse(json.dumps(fixture("preference"))).checkpoint_interval == document.CHECKPOINT_INTERVAL
    for wrong in (0, -1, "10m", True):
        with pytest.raises(StageError, match="checkpointIntervalSeconds must be a number above 0"):
            document.parse(json.dumps(fixture("sft") | {"checkpointIntervalSeconds": wrong}))
