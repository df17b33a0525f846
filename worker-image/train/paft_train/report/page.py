"""The page report.html: one file with its pictures, no script, nothing from outside."""

from html import escape
from pathlib import Path
from typing import Any, Final

from paft_train.report import compare, deltas, svg
from paft_train.report.html import element, figure, number, table, text
from paft_train.report.subjects import PREFERENCE, Subject
from paft_train.report.svg import Bar
from paft_train.report.training_runs import Run, points

_BASELINES: Final = ("base", "sft", "preference", "sequential")


def render(report: dict[str, Any], subjects: dict[str, Subject], runs: list[Run]) -> str:
    """The whole page. Every text from outside is escaped."""
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    title = f"PAFT report: {report['best']}"
    parts = [
        _head(report),
        _scores(report, subjects),
        _tasks(report, subjects),
        _differences(report),
        _curves(runs),
        _generations(subjects),
        deltas.section(report["best"], runs),
        _measured(subjects),
        _settings(report, runs),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{text('title', title)}<style>{style}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def css_of(name: str, best: str) -> str:
    """The class that colours a subject."""
    return name if name in _BASELINES else "best" if name == best else "candidate"


def summary(report: dict[str, Any]) -> str:
    """Two sentences that say what came out."""
    found = report["headline"]
    sentence = f"The best candidate is {report['best']} with a score of {number(report['score'])}."
    if found is None:
        return f"{sentence} The alignment tax was not measured: it needs the baselines SFT and Sequential."
    tax, back = found["tax"], found["recovered"]
    if not found["significant"]:
        return (
            f"{sentence} No alignment tax is certain here: the largest difference SFT - Sequential is "
            f"{_range(tax)} on {found['task']}."
        )
    share = "" if found["share"] is None else f", {100 * found['share']:.0f} % of it"
    return (
        f"{sentence} Training the preference after SFT costs {_range(tax)} on {found['task']} (the alignment tax); "
        f"training both in parallel and merging gives back {_range(back)}{share}."
    )


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return number(row["mean"])
    return f"{number(row['mean'])} (95 % interval {number(row['low'])} to {number(row['high'])})"


def _head(report: dict[str, Any]) -> str:
    facts = [(report["best"], "best candidate"), (number(report["score"]), "its score")]
    if report["headline"]:
        facts.append((number(report["headline"]["tax"]["mean"]), f"alignment tax on {report['headline']['task']}"))
        facts.append((number(report["headline"]["recovered"]["mean"]), f"given back by {report['best']}"))
    items = "".join(element("li", text("b", value) + text("span", name)) for value, name in facts)
    where = f"{report['namespace']}/{report['pipeline']}".strip("/")
    return element(
        "header",
        text("p", f"PAFT report {where}", "kicker")
        + text("h1", f"{report['baseModel']}: {report['best']}")
        + text("p", summary(report), "lead")
        + element("ul", items, "facts"),
    )


def _scores(report: dict[str, Any], subjects: dict[str, Subject]) -> str:
    rows = [(item["subject"], item["score"]) for item in report["scores"] if item["score"] is not None]
    picture = svg.bars([Bar(n, v, None, None, css_of(n, report["best"])) for n, v in rows], "Score of every subject")
    tasks = list(dict.fromkeys(task for subject in subjects.values() for task in subject.tasks))
    lines = []
    for name, subject in subjects.items():
        cells = [_value(subject.tasks.get(task)) for task in tasks]
        lines.append([name, number(compare.score(subject)), *cells])
    marked = frozenset(index for index, name in enumerate(subjects) if name == report["best"])
    shown = table("Scores; behind ± the standard error", ["subject", "score", *tasks], lines, best=marked)
    return text("h2", "Scores") + text("p", compare.SCORE_DEFINITION, "note") + element("figure", picture) + shown


def _value(entry: dict[str, Any] | None) -> str | None:
    if entry is None:
        return None
    return number(entry["value"]) + ("" if entry["stderr"] is None else f" ± {number(entry['stderr'])}")


def _tasks(report: dict[str, Any], subjects: dict[str, Subject]) -> str:
    tasks = list(dict.fromkeys(task for subject in subjects.values() for task in subject.tasks))
    parts = [text("h2", "Task by task")]
    for task in tasks:
        items, entry = [], None
        for name, subject in subjects.items():
            if task in subject.tasks:
                entry = subject.tasks[task]
                reach = None if entry["stderr"] is None else 1.96 * entry["stderr"]
                value = entry["value"]
                low, high = (None, None) if reach is None else (value - reach, value + reach)
                items.append(Bar(name, value, low, high, css_of(name, report["best"])))
        if entry is not None:
            better = "higher" if entry["higherIsBetter"] else "lower"
            caption = f"{entry['primaryMetric']}, n {entry['n']}; {better} is better; bars with 95 % intervals"
            parts.append(text("h3", task) + figure(svg.bars(items, f"{task} by subject"), caption))
    return "".join(parts)


def _differences(report: dict[str, Any]) -> str:
    rows = report["differences"]
    if not rows:
        return ""
    parts = [
        text("h2", "Alignment tax, and what comes back"),
        text(
            "p",
            "Alignment tax = SFT - Sequential: what is lost when the preference is trained after SFT. Recovered = "
            "candidate - Sequential. Against SFT = candidate - SFT. Intervals are 95 %. Where the samples of a task "
            "are compared one by one (paired), they come from 10,000 bootstrap resamples of the pairs with a fixed "
            "seed. For groups of tasks, and where samples cannot be paired, they are normal: mean ± 1.96 standard "
            "errors. An interval of no width means that all samples agree, not that nothing is uncertain: with n "
            "samples up to about 3/n can still hide.",
            "note",
        ),
    ]
    for kind in (compare.TAX, compare.RECOVERED, compare.AGAINST_SFT):
        chosen = [row for row in rows if row["kind"] == kind]
        if chosen:
            items = [
                Bar(
                    f"{row['a']} - {row['b']}, {row['task']}",
                    row["mean"],
                    row["low"],
                    row["high"],
                    css_of(row["a"], report["best"]),
                )
                for row in chosen
            ]
            parts.append(text("h3", kind[0].upper() + kind[1:]) + element("figure", svg.intervals(items, kind)))
    lines = [
        [
            f"{row['a']} - {row['b']}",
            row["task"],
            row["kind"],
            number(row["mean"], signed=True),
            number(row["stderr"]),
            number(row["low"], signed=True),
            number(row["high"], signed=True),
            row["n"],
            "yes" if row["paired"] else "no",
        ]
        for row in rows
    ]
    header = ["difference", "task", "what", "mean", "std. error", "low", "high", "n", "paired"]
    parts.append(table("All differences", header, lines, frozenset({1, 2})))
    return "".join(parts)


def _curves(runs: list[Run]) -> str:
    figures = []
    for run in runs:
        name = "task_loss" if points(run, "l1_penalty") else "loss"
        if line := points(run, name):
            shown = "loss without penalty" if name == "task_loss" else "loss"
            picture = svg.curve(line, f"{run.node}: {shown}", css_of(run.node, ""))
            figures.append(figure(picture, f"{run.node}: {shown}, {line[0][1]:.3g} to {line[-1][1]:.3g}"))
        for quantity, words in (
            ("rewards/accuracies", "pairs ranked right while training"),
            ("l1_delta", "L1 norm of the delta"),
        ):
            if line := points(run, quantity):
                picture = svg.curve(line, f"{run.node}: {words}", css_of(run.node, ""))
                figures.append(figure(picture, f"{run.node}: {words}"))
    return text("h2", "Training") + element("div", "".join(figures), "curves") if figures else ""


def _generations(subjects: dict[str, Subject]) -> str:
    prompts = list(dict.fromkeys(row["prompt"] for subject in subjects.values() for row in subject.generations))
    if not prompts:
        return ""
    parts = [text("h2", "Answers side by side"), text("p", "Greedy decoding, at most 128 tokens.", "note")]
    for prompt in prompts:
        lines = [
            [name, row["response"]]
            for name, subject in subjects.items()
            for row in subject.generations
            if row["prompt"] == prompt
        ]
        parts.append(table(f"Prompt: {prompt}", ["subject", "answer"], lines, frozenset({1})))
    return "".join(parts)


def _measured(subjects: dict[str, Subject]) -> str:
    lines = []
    for name, subject in subjects.items():
        settings = subject.results.get("settings", {})
        for task, entry in subject.tasks.items():
            shown = "held-out pairs" if task == PREFERENCE else task
            lines.append(
                [
                    name,
                    shown,
                    entry["primaryMetric"],
                    entry["filter"],
                    entry["n"],
                    entry.get("limit"),
                    entry.get("numFewshot"),
                    str(settings.get("dtype")),
                    str(settings.get("device")),
                ]
            )
    header = ["subject", "task", "metric", "filter", "n", "limit", "few-shot", "dtype", "device"]
    return text("h2", "What each number was measured on") + table(
        "Measurements", header, lines, frozenset({1, 2, 3, 7, 8})
    )


def _settings(report: dict[str, Any], runs: list[Run]) -> str:
    lines = []
    for run in runs:
        metrics = {
            name: value for name, value in run.manifest.get("metrics", {}).items() if isinstance(value, int | float)
        }
        shown = ", ".join(f"{name} {value:.5g}" for name, value in list(metrics.items())[:8])
        lines.append([run.node, str(run.manifest.get("digest", ""))[:19], shown])
    parts = [text("h2", "Stages")]
    if lines:
        parts.append(table("Training and merge stages", ["stage", "digest", "metrics"], lines, frozenset({1, 2})))
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    parts.append(
        element("footer", f"Base model <code>{escape(report['baseModel'])}</code>. Measured with {escape(versions)}.")
    )
    return "".join(parts)
