"""The model card of the best candidate, in Markdown."""

import json
from typing import Any

from paft_train.report import compare, page
from paft_train.report.html import number
from paft_train.report.subjects import Subject
from paft_train.report.training_runs import Run


def render(report: dict[str, Any], subjects: dict[str, Subject], runs: list[Run]) -> str:
    """README.md: what the model is, how it was made, what was measured and what was not."""
    best = report["best"]
    return "\n".join(
        [
            "---",
            "library_name: transformers",
            "pipeline_tag: text-generation",
            f"base_model: {json.dumps(report['baseModel'])}",
            "tags: [paft, merge]",
            "---",
            "",
            f"# {escape(report['baseModel'])}, PAFT candidate {escape(best)}",
            "",
            escape(page.summary(report)),
            "",
            "## How it was made",
            "",
            "Supervised fine-tuning and preference alignment started from the same base model, in parallel. Their "
            "deltas were merged into the base.",
            "",
            *_stages(runs, best),
            "",
            "## Scores",
            "",
            compare.SCORE_DEFINITION,
            "",
            *_scores(subjects, best),
            "",
            "Behind ± stands the standard error. The data, metric, number of samples and dtype of each number are in "
            "report.json and report.html.",
            "",
            "## Limits",
            "",
            "The model was measured on the tasks above only. Nothing is known about its behaviour outside of them, "
            "and its licence is bound to those of the base model and of the training data.",
            "",
        ]
    )


def escape(text: str) -> str:
    """Text that means nothing special in Markdown or HTML, on one line."""
    flat = " ".join(str(text).split())
    return "".join("\\" + character if character in "\\`*_[]<>|#&" else character for character in flat)


def _stages(runs: list[Run], best: str) -> list[str]:
    lines = []
    for run in runs:
        if run.node.startswith("merge-") and run.node != f"merge-{best}":
            continue
        manifest = run.manifest
        settings = manifest.get("resolved") or manifest.get("parameters") or {}
        data = manifest.get("inputs", {}).get("dataset", {})
        source = (
            f", data `{data['uri']}`" if isinstance(data, dict) and "uri" in data and "`" not in data["uri"] else ""
        )
        shown = json.dumps(settings, sort_keys=True, ensure_ascii=False).replace("`", "'")
        lines.append(f"- **{escape(run.node)}**{source}: `{shown}`")
    return lines


def _scores(subjects: dict[str, Subject], best: str) -> list[str]:
    tasks = list(dict.fromkeys(task for subject in subjects.values() for task in subject.tasks))
    lines = ["| subject | score | " + " | ".join(escape(task) for task in tasks) + " |"]
    lines.append("|---|---|" + "---|" * len(tasks))
    for name, subject in subjects.items():
        cells = []
        for task in tasks:
            entry = subject.tasks.get(task)
            error = "" if entry is None or entry["stderr"] is None else f" ± {number(entry['stderr'])}"
            cells.append("–" if entry is None else number(entry["value"]) + error)
        label = f"**{escape(name)}**" if name == best else escape(name)
        lines.append(f"| {label} | {number(compare.score(subject))} | " + " | ".join(cells) + " |")
    return lines
