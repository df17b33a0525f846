"""What is found before anything is measured, and which of lm-eval's lists a task is looked for in."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Ended, Workspace, fixture

from paft_train.evaluate import harness, loading, tasks


def document(*names: str, **parameters: Any) -> dict[str, Any]:
    asked = fixture("evaluate-base")
    asked["parameters"] |= {"tasks": [{"name": name} for name in names], "prompts": [], **parameters}
    return asked


def without_pairs(asked: dict[str, Any]) -> dict[str, Any]:
    del asked["inputs"]["preferenceDataset"]
    return asked


def customs(root: Path, name: str, **added: str) -> dict[str, str]:
    """The tasks of tasks/tiny with more beside them, as the input `customTasks`."""
    shutil.copytree(root / "tasks/tiny", root / "tasks" / name, dirs_exist_ok=True)
    for file, text in added.items():
        (root / "tasks" / name / f"{file}.yaml").write_text(text)
    return {"uri": f"tasks/{name}", "path": f"tasks/{name}"}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks whose measuring began."""
    began: list[str] = []
    run = harness.run

    def listening(model: Any, loaded: loading.Loaded) -> Any:
        began.append(loaded.asked.name)
        return run(model, loaded)

    monkeypatch.setattr(harness, "run", listening)
    return began


def results(ended: Ended) -> dict[str, Any]:
    assert ended.code == 0, ended.message
    return json.loads((ended.output / "results.json").read_text())


def test_conversations_without_a_template_end_before_a_task_is_measured(
    workspace: Workspace, seeded: Path, measured: list[str]
) -> None:
    turns = [{"role": "user", "content": "a"}]
    row = {"prompt": turns, "chosen": turns, "rejected": turns}
    (seeded / "data/chat-pairs.jsonl").write_text(json.dumps(row) + "\n")
    asked = document("tiny_skill")
    asked["inputs"]["preferenceDataset"] = {"uri": "data/chat-pairs.jsonl", "path": "data/chat-pairs.jsonl"}
    ended = workspace.run(asked, "6a")
    assert (ended.code, ended.message["reason"]) == (78, "InvalidParameter")
    assert "chat template" in ended.message["message"]
    assert measured == []


def test_what_is_wrong_with_a_task_is_found_before_the_first_is_measured(
    workspace: Workspace, seeded: Path, measured: list[str]
) -> None:
    bad = "task: bad\ndataset_path: json\ndataset_kwargs: {data_files: {test: skill.jsonl}}\ntest_split: nothing\n"
    asked = without_pairs(document("tiny_skill", "bad"))
    asked["inputs"]["customTasks"] = customs(seeded, "one-is-bad", bad=bad)
    ended = workspace.run(asked, "6b")
    assert (ended.code, ended.message["reason"]) == (78, "InvalidParameter"), ended.message
    assert "task bad cannot be run" in ended.message["message"]
    assert measured == []


def test_what_is_loaded_or_measured_in_between_changes_no_random_number(seeded: Path, tmp_path: Path) -> None:
    def drawn() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(1))

    tasks.copy(seeded / "tasks/tiny", tmp_path / "tasks", "tasks/tiny")
    asked = [loading.Task("tiny_skill", None, None), loading.Task("tiny_style", None, None)]
    known = loading.manager(asked, tmp_path / "tasks")
    loading.load(known, asked[0])
    alone = drawn()
    first, _ = (loading.load(known, task) for task in asked)
    drawn()
    first.restore_randomness()
    assert drawn() == alone


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch, seeded: Path, tmp_path: Path) -> None:
    """The tiny tasks, where lm-eval's own are."""
    tasks.copy(seeded / "tasks/tiny", tmp_path / "own", "tasks/tiny")
    original = loading.TaskManager

    def stand_in(include_path: str | None, include_defaults: bool = True) -> Any:
        paths = [str(tmp_path / "own")] * include_defaults + [include_path] * (include_path is not None)
        return original(include_path=paths, include_defaults=False)

    monkeypatch.setattr(loading, "TaskManager", stand_in)


def only(root: Path, text: str) -> dict[str, str]:
    (root / "tasks/groups").mkdir(exist_ok=True)
    (root / "tasks/groups/g.yaml").write_text(text)
    return {"uri": "tasks/groups", "path": "tasks/groups"}


def test_a_group_of_ones_own_may_have_tasks_of_lm_eval(workspace: Workspace, seeded: Path, others: None) -> None:
    asked = without_pairs(document("g"))
    asked["inputs"]["customTasks"] = only(seeded, "group: g\ntask: [tiny_skill, {task: tiny_style, repeats: 1}]\n")
    assert set(results(workspace.run(asked, "6c"))["tasks"]["g"]["children"]) == {"tiny_skill", "tiny_style"}


def test_a_group_with_a_task_that_nobody_knows(workspace: Workspace, seeded: Path, others: None) -> None:
    asked = without_pairs(document("g"))
    asked["inputs"]["customTasks"] = only(seeded, "group: g\ntask: [{group: h, task: [tiny_skill, no_such_task]}]\n")
    ended = workspace.run(asked, "6d")
    assert (ended.code, ended.message["reason"]) == (78, "TaskNotFound"), ended.message
    assert "no_such_task" in ended.message["message"]


def test_lm_evals_own_tasks_are_looked_at_only_where_they_are_needed(seeded: Path, tmp_path: Path) -> None:
    (tmp_path / "g.yaml").write_text(
        "group: g\ntask: [here, {task: inline, dataset_path: json}, {group: h, task: [here, there]}]\n"
    )
    (tmp_path / "here.yaml").write_text("task: here\ntag: [tagged]\ndataset_path: json\n")
    index = loading.TaskManager(include_path=str(tmp_path), include_defaults=False).task_index
    assert loading.unknown(["here", "tagged"], index) == []
    assert loading.unknown(["g", "elsewhere"], index) == ["elsewhere", "there"]


def test_the_examples_in_the_prompt_are_counted_as_they_were_used(workspace: Workspace, seeded: Path) -> None:
    style = (seeded / "tasks/tiny/tiny_style.yaml").read_text()
    skill = (seeded / "tasks/tiny/tiny_skill.yaml").read_text()
    shown = skill.replace("tiny_skill", "shown").replace("test_split", "fewshot_split: test\ntest_split")
    fixed = style.replace("tiny_style", "fixed") + "num_fewshot: 0\n"
    asked = without_pairs(document())
    asked["parameters"]["tasks"] = [
        {"name": name, "numFewshot": 2, "limit": 2} for name in ("shown", "fixed", "both")
    ] + [{"name": "tiny_skill"}]
    asked["inputs"]["customTasks"] = customs(
        seeded, "fewshot", fixed=fixed, shown=shown, both="group: both\ntask: [shown, fixed]\n"
    )
    ended = workspace.run(asked, "6e")
    found = results(ended)["tasks"]
    assert {name: entry["numFewshot"] for name, entry in found.items()} == {
        "shown": 2,
        "fixed": 0,
        "both": None,
        "tiny_skill": 0,
    }
    assert {name: child["numFewshot"] for name, child in found["both"]["children"].items()} == {"shown": 2, "fixed": 0}
    assert ended.manifest["resolved"]["tasks"][1]["numFewshot"] == 0
    told = [line for line in ended.log.splitlines() if "numFewshot" in line]
    assert [line.split("] ", 1)[1].split(":")[0] for line in told] == ["fixed", "both"]
