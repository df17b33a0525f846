"""Differences between evaluations of two versions, what counts, and the name of the base model."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Workspace, fixture
from test_report import SCORES, subject, write_evaluation

from paft_train import files
from paft_train.document import StageInput
from paft_train.report import compare
from paft_train.report.subjects import Subject, read

URI = "hf://org/name@" + "0" * 40


def child(values: dict[str, list[int]], primary: str) -> dict[str, Any]:
    """A task with the mean of each metric."""
    means = {metric: sum(row) / len(row) for metric, row in values.items()}
    numbers = {f"{metric},none": mean for metric, mean in means.items()} | {f"{m}_stderr,none": 0.1 for m in means}
    return {
        "primaryMetric": primary,
        "filter": "none",
        "higherIsBetter": True,
        "value": means[primary],
        "stderr": 0.1,
        "n": len(values[primary]),
        "metrics": numbers,
    }


def evaluation(root: Path, tasks: dict[str, Any], samples: dict[str, dict[str, list[int]]]) -> Subject:
    """Write an evaluation and read it; `samples` has the values of each metric by file."""
    (root / "samples").mkdir(parents=True)
    for name, values in samples.items():
        (root / "samples" / name).parent.mkdir(exist_ok=True)
        rows = [
            {"doc_id": i, "doc_hash": "h", "filter": "none", "metrics": dict(zip(values, row, strict=True))}
            for i, row in enumerate(zip(*values.values(), strict=True))
        ]
        files.write_jsonl(root / f"samples/{name}.jsonl", rows)
    (root / "results.json").write_text(json.dumps({"tasks": tasks}))
    (root / "manifest.json").write_text("{}")
    return read(root.name, StageInput(root, root.name, None, None, {}))


def of_a_group(root: Path, values: dict[str, dict[str, list[int]]], primary: str, *, older: bool) -> Subject:
    """Older evaluations of a group have no weights, and the samples of its tasks lie beside those of others."""
    children = {leaf: child(given, primary) for leaf, given in values.items()}
    mean = sum(item["value"] for item in children.values()) / len(children)
    group = {**next(iter(children.values())), "value": mean, "metrics": {}, "children": children}
    if not older:
        group["weights"] = dict.fromkeys(children, 1 / len(children))
    return evaluation(root, {"g": group}, {leaf if older else f"g/{leaf}": given for leaf, given in values.items()})


X = {"x": {"acc": [1, 1, 0, 1], "acc_norm": [0, 0, 0, 0]}, "y": {"acc": [1, 0, 0, 0], "acc_norm": [1, 1, 1, 1]}}
Z = {"x": {"acc": [0, 1, 0, 0], "acc_norm": [1, 1, 1, 1]}, "y": {"acc": [1, 0, 1, 0], "acc_norm": [1, 1, 1, 1]}}


@pytest.mark.parametrize("turned", [False, True])
def test_another_metric_is_never_subtracted(tmp_path: Path, turned: bool) -> None:
    new = of_a_group(tmp_path / "new", X, "acc", older=False)
    old = of_a_group(tmp_path / "old", Z, "acc_norm", older=True)
    found = compare.difference(old, new, "g") if turned else compare.difference(new, old, "g")
    assert found is not None
    # (3/4 - 1/4 + 1/4 - 2/4) / 2 by acc, the metric of the new one; (1 - 0 + 1 - 1) / 2 by acc_norm.
    assert (found.mean, found.paired) == (0.5 if turned else 0.125, False)
    assert found.stderr == pytest.approx(0.1)


def test_samples_of_older_groups_are_found(tmp_path: Path) -> None:
    new = of_a_group(tmp_path / "new", X, "acc", older=False)
    old = of_a_group(tmp_path / "old", Z, "acc", older=True)
    found = compare.difference(new, old, "g")
    assert found is not None
    assert (found.mean, found.paired, found.n) == (0.125, True, 8)


def test_what_has_no_metric_or_no_tasks_in_common_is_left_out(tmp_path: Path) -> None:
    sft = of_a_group(tmp_path / "sft", {"x": X["x"], "y": {"acc": [1, 0]}}, "acc", older=False)
    other = of_a_group(tmp_path / "other", {"x": X["x"], "y": {"acc_norm": [1, 0]}}, "acc_norm", older=False)
    fewer = of_a_group(tmp_path / "fewer", {"x": X["x"]}, "acc", older=False)
    assert compare.difference(sft, other, "g") is None
    assert compare.difference(sft, fewer, "g") is None
    assert compare.differences({"sft": sft, "other": other}, ["other"]) == []


@pytest.mark.parametrize("metric", ["bleu", "chrf", "ter", "bleu_max"])
def test_what_is_measured_from_0_to_100_does_not_decide(metric: str) -> None:
    subjects = {}
    for name, accuracy, translated in (("a", 0.5, 30.0), ("b", 0.6, 20.0)):
        found = subject(name, accuracy)
        entry = {**found.tasks["t"], "primaryMetric": metric, "value": translated}
        mean = {**found.tasks["t"], "primaryMetric": "mean", "value": translated / 2, "children": {"u": entry}}
        subjects[name] = Subject(name, found.tasks | {"translation": entry, "some": mean}, {}, [], {})
    assert [compare.score(item) for item in subjects.values()] == [0.5, 0.6]
    assert compare.best(subjects, ["a", "b"]) == "b"
    rows = compare.differences(subjects | {"sft": subjects["a"]}, ["b"])
    assert [row["task"] for row in rows] == ["t"]


def written(root: Path, says: str | None) -> dict[str, Any]:
    """A report's document whose evaluations took a base model from a fetch stage; newer ones say which."""
    document = fixture("report")
    for name, item in document["inputs"].items():
        path = root / item["path"]
        if name not in SCORES:
            path.mkdir(parents=True)
            (path / "manifest.json").write_text("{}")
            continue
        write_evaluation(path, name, SCORES[name], 1.0)
        results = json.loads((path / "results.json").read_text())
        (path / "results.json").write_text(json.dumps(results | ({"baseModel": says} if says else {})))
        manifest = json.loads((path / "manifest.json").read_text())
        manifest["inputs"]["baseModel"] = {"stage": "fetch-model", "key": "f" * 64, "path": f"fetch/{'f' * 64}"}
        listed = [vars(entry) for entry in files.entries(path) if entry.path != "manifest.json"]
        (path / "manifest.json").write_text(json.dumps(manifest | {"files": listed}))
    return document


@pytest.mark.parametrize(
    ("says", "fetched", "expected"), [(URI, False, URI), (None, True, URI), (None, False, "fetch-model")]
)
def test_a_fetched_base_model_has_its_name(
    tmp_path: Path, capsys: Any, says: str | None, fetched: bool, expected: str
) -> None:
    document = written(tmp_path, says)
    if fetched:
        (tmp_path / "fetch" / ("f" * 64)).mkdir(parents=True)
        manifest = tmp_path / "fetch" / ("f" * 64) / "manifest.json"
        manifest.write_text(json.dumps({"parameters": {"uri": URI}}))
    ended = Workspace(tmp_path, capsys).run(document)
    assert ended.code == 0, ended.message
    assert json.loads((ended.output / "report.json").read_text())["baseModel"] == expected
    assert f'base_model: "{expected}"' in (ended.output / "README.md").read_text()
