import json
import math
from dataclasses import asdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace, fixture

from paft_train import files
from paft_train.document import StageInput
from paft_train.report import compare, stats, svg, training_runs
from paft_train.report.subjects import Subject, read, read_lines

SCORES = {
    "base": [1, 0, 0, 0],
    "sft": [1, 1, 1, 1],
    "preference": [1, 0, 0, 0],
    "sequential": [1, 1, 0, 0],
    "ties": [1, 1, 1, 0],
}
SMALL = {"zero": 0.125, "1e-6": 0.2, "1e-5": 0.3, "1e-4": None}
DELTA = {"elements": 8, "density": 0.5, "small": SMALL, "equalInBf16": 0.75, "l1": 1.0, "l2": 1.0, "relativeL2": None}
PAIR = {"inputs": [0, 1], "cosine": 0.25, "signAgreement": 0.6, "keptSignAgreement": 0.7}
MERGE_REPORT = {
    "schema": 1,
    "method": "TIES",
    "inputs": ["sft", "preference"],
    "model": {"inputs": [DELTA, DELTA], "pairs": [PAIR]},
    "tensors": [],
}
NASTY = "<script>alert('x')</script> & \"quotes\" | pipe"


def write_evaluation(root: Path, name: str, values: list[float], accuracy: float) -> None:
    """What an evaluate stage would have written for these values."""
    root.mkdir(parents=True, exist_ok=True)
    mean = sum(values) / len(values)
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
    entry = {
        "primaryMetric": "exact_match",
        "filter": "none",
        "value": mean,
        "stderr": sd / math.sqrt(len(values)),
        "n": len(values),
        "higherIsBetter": True,
        "metrics": {"exact_match,none": mean},
        "limit": None,
        "numFewshot": 17,
    }
    perplexity = {**entry, "primaryMetric": "word_perplexity", "value": 12.0, "stderr": None, "higherIsBetter": False}
    preference = {
        "accuracy": accuracy,
        "stderr": 0.1,
        "n": 2,
        "lengthNormalisedAccuracy": accuracy,
        "lengthNormalisedStderr": 0.1,
        "meanMargin": 0.5,
        "ties": 0,
    }
    results = {
        "version": 1,
        "subject": name,
        "tasks": {"skill": entry, "ppl": perplexity},
        "preference": preference,
        "settings": {"dtype": "float32", "device": "cpu"},
        "versions": {"torch": "2.6.0"},
    }
    (root / "results.json").write_text(json.dumps(results))
    (root / "samples").mkdir(exist_ok=True)
    rows = [
        {
            "doc_id": i,
            "doc_hash": f"h{i}",
            "filter": "none",
            "metrics": {"exact_match": v},
            "target": "t",
            "response": "r",
        }
        for i, v in enumerate(values)
    ]
    (root / "samples/skill.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pairs = [{"pair": i, "hash": f"p{i}", "correct": accuracy} for i in range(2)]
    (root / "preference.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pairs))
    (root / "generations.json").write_text(json.dumps([{"prompt": NASTY, "response": f"{name} {NASTY}"}]))
    listed = [asdict(entry) for entry in files.entries(root)]
    manifest = {"inputs": {"baseModel": {"uri": "models/tiny"}}, "digest": "sha256:1", "metrics": {}, "files": listed}
    (root / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def report(tmp_path: Path, capsys: Any) -> Ended:
    document = fixture("report")
    for name, item in document["inputs"].items():
        path = tmp_path / item["path"]
        if name in SCORES:
            write_evaluation(path, name, SCORES[name], {"base": 0.0, "sft": 0.0}.get(name, 1.0))
            continue
        path.mkdir(parents=True)
        (path / "manifest.json").write_text(
            json.dumps({"digest": "sha256:2", "metrics": {"steps": 2}, "resolved": {"r": 16}})
        )
        if "merge" in name:
            (path / "merge-report.json").write_text(json.dumps(MERGE_REPORT))
        else:
            rows = [
                {"step": 1, "loss": 2.0, "task_loss": 1.5, "l1_penalty": 0.5},
                {"step": 2, "loss": 1.0, "task_loss": None},
                {"step": 3, "loss": 0.5, "task_loss": 0.4},
            ]
            (path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Workspace(tmp_path, capsys).run(document)


def load(report: Ended) -> dict[str, Any]:
    return json.loads((report.output / "report.json").read_text())


def test_scores_and_best(report: Ended) -> None:
    assert report.code == 0, report.message
    found = load(report)
    scores = {item["subject"]: item["score"] for item in found["scores"]}
    assert scores == {"base": 0.125, "sft": 0.5, "preference": 0.625, "sequential": 0.75, "ties": 0.875}
    assert (found["best"], found["score"], found["baseModel"]) == ("ties", 0.875, "models/tiny")
    result = report.message["result"]
    assert (result["best"], result["score"]) == ("ties", 0.875)
    assert result["scores"][4] == {
        "subject": "ties",
        "score": 0.875,
        "metrics": {"skill": 0.75, "ppl": 12.0, "preference_accuracy": 1.0},
    }
    assert set(result) == set(fixture("termination-report")["result"])
    assert report.message["metrics"] == {"score": 0.875, "alignment_tax": 0.5, "recovered": 0.25}


def test_differences_by_hand(report: Ended) -> None:
    rows = {(row["kind"], row["a"], row["task"]): row for row in load(report)["differences"]}
    tax = rows[compare.TAX, "sft", "skill"]
    assert (tax["mean"], tax["n"], tax["paired"]) == (0.5, 4, True)
    assert tax["stderr"] == pytest.approx(math.sqrt((4 * 0.25) / 3) / 2)
    assert 0 <= tax["low"] <= 0.5 <= tax["high"] <= 1
    assert rows[compare.RECOVERED, "ties", "skill"]["mean"] == 0.25
    assert rows[compare.AGAINST_SFT, "ties", "skill"]["mean"] == -0.25
    assert rows[compare.TAX, "sft", "preference_accuracy"]["mean"] == -1.0
    assert not any(row["task"] == "ppl" for row in rows.values())
    found = load(report)["headline"]
    assert (found["task"], found["share"], found["significant"]) == ("skill", 0.5, tax["low"] > 0)


class Page(HTMLParser):
    """Collects tags and checks that they nest."""

    VOID = frozenset({"meta", "line", "circle", "path", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href") and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_one_whole_file_and_escapes_everything(report: Ended) -> None:
    raw = (report.output / "report.html").read_text()
    page = Page()
    page.feed(raw)
    assert page.open == []
    assert "script" not in page.tags
    assert page.links == []
    assert "http" not in raw
    assert "<script>" not in raw
    assert "&lt;script&gt;" in raw
    assert page.tags.count("table") == page.tags.count("caption") >= 5
    assert page.tags.count("svg") >= 7
    assert "12.5 %" in raw
    assert '<th scope="col">few-shot</th>' in raw
    assert raw.count("<td>17</td>") == 2 * len(SCORES)
    assert "cosine of the deltas 0.250" in raw
    assert "prefers-color-scheme: dark" in raw
    assert "they are normal: mean ± 1.96 standard errors" in raw


def test_merge_reports_without_numbers_show_nothing() -> None:
    assert training_runs.sparsity({}) == []
    assert training_runs.overlap({"model": {"pairs": []}}) is None
    assert training_runs.sparsity(MERGE_REPORT)[0] == [
        "sft",
        "8",
        "50.0 %",
        "12.5 %",
        "20.0 %",
        "30.0 %",
        "–",
        "75.0 %",
        "–",
    ]


def test_card(report: Ended) -> None:
    card = (report.output / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: transformers\n")
    assert 'base_model: "models/tiny"' in card
    assert "| **ties** | 0.875 | 0.750 ± 0.250 |" in card
    assert "alignment tax" in card


def subject(
    name: str, value: float, samples: dict[tuple[str, ...], float] | None = None, stderr: float | None = 0.3
) -> Subject:
    entry = {"value": value, "stderr": stderr, "n": 4, "higherIsBetter": True, "primaryMetric": "acc", "filter": "none"}
    return Subject(name, {"t": entry}, {"t": samples or {}}, [], {})


def test_equal_candidates_keep_their_order() -> None:
    subjects = {name: subject(name, value) for name, value in (("a", 0.5), ("b", 0.7), ("c", 0.7))}
    assert compare.best(subjects, ["a", "c", "b"]) == "c"


def test_without_samples_errors_are_combined_and_marked() -> None:
    found = compare.difference(subject("a", 0.7, stderr=0.3), subject("b", 0.5, stderr=0.4), "t")
    assert found is not None
    assert (found.paired, found.stderr) == (False, pytest.approx(0.5))
    assert found.low == pytest.approx(0.2 - 1.96 * 0.5)
    unknown = compare.difference(subject("a", 0.7, stderr=None), subject("b", 0.5), "t")
    assert unknown is not None
    assert unknown.low is None


def test_only_common_samples_are_paired() -> None:
    a = subject("a", 0.5, {("0", "h"): 1.0, ("1", "h"): 0.0})
    b = subject("b", 0.5, {("0", "h"): 0.0, ("2", "h"): 1.0})
    found = compare.difference(a, b, "t")
    assert found is not None
    assert (found.n, found.mean, found.stderr) == (1, 1.0, None)


def test_bootstrap_is_fixed_and_near_the_normal_interval() -> None:
    values = [float(i % 3 == 0) - float(i % 5 == 0) for i in range(600)]
    one, two = stats.paired(values), stats.paired(values)
    assert one == two
    assert one.stderr is not None
    assert one.low is not None
    assert one.low == pytest.approx(one.mean - 1.96 * one.stderr, abs=0.1 * one.stderr)
    assert stats.paired([0.0, 0.0]).high == 0.0
    continuous = stats.paired([math.sin(i) for i in range(3000)])
    assert continuous.stderr == pytest.approx(math.sqrt(0.5 / 3000), rel=0.01)


def test_the_difference_of_a_group_is_that_of_its_scores(tmp_path: Path) -> None:
    # Given
    child = {"primaryMetric": "acc", "filter": "none", "higherIsBetter": True, "stderr": None, "metrics": {}}
    scores = {"one": {"x": [1, 1, 0], "y": [1]}, "two": {"x": [0, 1, 0], "y": [0]}}
    subjects = []
    for name, tasks in scores.items():
        (tmp_path / name / "samples/g").mkdir(parents=True)
        children = {leaf: {**child, "value": sum(row) / len(row), "n": len(row)} for leaf, row in tasks.items()}
        for leaf, row in tasks.items():
            answers = [
                {"doc_id": i, "doc_hash": "h", "filter": "none", "metrics": {"acc": value}}
                for i, value in enumerate(row)
            ]
            files.write_jsonl(tmp_path / name / f"samples/g/{leaf}.jsonl", answers)
        group = {**child, "value": (sum(tasks["x"]) + sum(tasks["y"])) / 4, "n": 4, "weights": {"x": 0.75, "y": 0.25}}
        results = {"tasks": {"g": {**group, "children": children}}}
        (tmp_path / name / "results.json").write_text(json.dumps(results))
        (tmp_path / name / "manifest.json").write_text("{}")
        subjects.append(read(name, StageInput(tmp_path / name, name, None, None, {})))
    # When
    found = compare.difference(*subjects, "g")
    # Then
    assert found is not None
    assert found.mean == pytest.approx(subjects[0].tasks["g"]["value"] - subjects[1].tasks["g"]["value"])
    assert (found.n, found.paired) == (4, True)


def test_mean_of_a_group() -> None:
    parts = [stats.unpaired(0.6, 0.5, 0.3, 0.0, 5), stats.unpaired(0.8, 0.5, 0.4, 0.0, 5)]
    found = stats.mean_of(parts, [0.5, 0.5])
    assert (found.mean, found.stderr, found.n) == (pytest.approx(0.2), pytest.approx(0.25), 10)


def test_pictures_cope_with_extremes() -> None:
    assert "svg" in svg.bars([svg.Bar("<x>", -0.5, -0.6, -0.4, "base"), svg.Bar("y", 40.0, None, None, "sft")], "t")
    assert "&lt;x&gt;" in svg.bars([svg.Bar("<x>", 0.5, None, None, "base")], "t")
    assert "svg" in svg.intervals([svg.Bar("x", 0.0, None, None, "base")], "t")
    assert "svg" in svg.curve([(1.0, 2.0)], "t", "base")


def test_missing_evaluation(workspace: Workspace) -> None:
    document = fixture("report")
    ended = workspace.run(document, "0c")
    assert (ended.code, ended.message["reason"]) == (65, "DatasetNotFound")
    document["parameters"]["candidates"] = ["other"]
    assert workspace.run(document, "0c").message["reason"] == "InvalidStage"


def test_an_answer_may_have_any_character(tmp_path: Path) -> None:
    rows = [{"response": "one\u2028two\u2029three\u0085four\x0bfive"}, {"response": "six"}]
    files.write_jsonl(tmp_path / "rows.jsonl", rows)
    assert read_lines(tmp_path / "rows.jsonl", "evaluate-base") == rows
