"""The stage `report` itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paft_train import datafiles, files
from paft_train.document import StageDocument
from paft_train.errors import StageError
from paft_train.manifest import StageResult
from paft_train.report import card, compare, page, subjects, training_runs
from paft_train.report.subjects import Subject
from paft_train.termination import SUBJECT_METRICS_LIMIT, rounded

REPORT_VERSION = 1


def run(stage: StageDocument, output: Path) -> StageResult:
    """Write report.json, report.html and README.md; the result for the status goes with it."""
    names = _names(stage.parameters, "subjects")
    candidates = _names(stage.parameters, "candidates")
    missing = [name for name in candidates if name not in names]
    if missing or not candidates:
        raise StageError("InvalidStage", f"PAFT_STAGE: the candidates {missing or 'none'} are not among the subjects.")
    read = {name: subjects.read(name, stage.input(name)) for name in names}
    runs = training_runs.read_all(stage)
    report = build(stage, read, candidates)
    (output / "report.json").write_text(files.to_json(report), encoding="utf-8")
    (output / "report.html").write_text(page.render(report, read, runs), encoding="utf-8")
    (output / "README.md").write_text(card.render(report, read, runs), encoding="utf-8")
    return StageResult(
        message=_message(report),
        metrics=_metrics(report),
        resolved={"scoreDefinition": compare.SCORE_DEFINITION, "resamples": 10_000},
        versions=report["versions"],
        result=_result(report),
    )


def build(stage: StageDocument, read: dict[str, Subject], candidates: list[str]) -> dict[str, Any]:
    """The document report.json."""
    best = compare.best(read, candidates)
    rows = compare.differences(read, candidates)
    first = next(iter(read.values()))
    return {
        "version": REPORT_VERSION,
        "namespace": stage.namespace,
        "pipeline": stage.pipeline,
        "baseModel": _base_model(stage, read),
        "best": best,
        "score": compare.score(read[best]),
        "scoreDefinition": compare.SCORE_DEFINITION,
        "scores": [
            {
                "subject": name,
                "score": compare.score(item),
                "metrics": {task: entry["value"] for task, entry in item.tasks.items()},
            }
            for name, item in read.items()
        ],
        "headline": compare.headline(rows, best),
        "differences": rows,
        "subjects": {
            name: {"tasks": item.tasks, "settings": item.results.get("settings"), "digest": item.manifest.get("digest")}
            for name, item in read.items()
        },
        "versions": dict(first.results.get("versions") or {}),
    }


def _base_model(stage: StageDocument, read: Mapping[str, Subject]) -> str:
    """The URI of the base model. Older evaluations do not say it; a fetched model's is in what the fetch left."""
    for item in read.values():
        if item.results.get("baseModel"):
            return str(item.results["baseModel"])
    model = next(iter(read.values())).manifest.get("inputs", {}).get("baseModel", {})
    if model.get("uri"):
        return str(model["uri"])
    fetched = datafiles.fetched_uri(stage.workspace / "fetch" / str(model.get("key")))
    return fetched or str(model.get("stage") or "unknown")


def _message(report: Mapping[str, Any]) -> str:
    text = f"best candidate: {report['best']}"
    if report["score"] is not None:
        text += f" (score {report['score']:.3f})"
    found = report["headline"]
    if found is not None:
        tax, back = found["tax"]["mean"], found["recovered"]["mean"]
        text += f"; alignment tax on {found['task']} {tax:.3f}, given back {back:.3f}"
    return text


def _metrics(report: Mapping[str, Any]) -> dict[str, float]:
    metrics = {} if report["score"] is None else {"score": report["score"]}
    if report["headline"] is not None:
        metrics["alignment_tax"] = report["headline"]["tax"]["mean"]
        metrics["recovered"] = report["headline"]["recovered"]["mean"]
    return metrics


def _result(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the status shows: at most 8 metrics per subject, six digits."""
    scores = []
    for item in report["scores"]:
        shown = list(item["metrics"].items())[:SUBJECT_METRICS_LIMIT]
        metrics = {name: rounded(value) for name, value in shown if value is not None}
        score = {} if item["score"] is None else {"score": rounded(item["score"])}
        scores.append({"subject": item["subject"], **score, "metrics": metrics})
    result: dict[str, Any] = {"best": report["best"], "scores": scores}
    if report["score"] is not None:
        result["score"] = rounded(report["score"])
    return result


def _names(parameters: Mapping[str, Any], field: str) -> list[str]:
    value = parameters.get(field)
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise StageError("InvalidStage", f"PAFT_STAGE: parameters.{field} must be a list of names.")
    return value
