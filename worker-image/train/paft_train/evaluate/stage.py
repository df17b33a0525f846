"""The stage `evaluate` itself: load the subject once, measure everything that was asked for, write the results."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paft_train import chat, checkpoint, data, datafiles, files, log, models, progress
from paft_train.data import Dataset
from paft_train.document import StageDocument
from paft_train.errors import StageError
from paft_train.evaluate import generate, pairs, tasks
from paft_train.manifest import StageResult
from paft_train.settings import convert

DEFAULT_BATCH_SIZE = 8
RESULTS_VERSION = 1


def run(stage: StageDocument, output: Path) -> StageResult:
    """Write results.json, samples/[<group>/]<task>.jsonl, preference.jsonl and generations.json."""
    from paft_train.evaluate import harness, loading

    asked = loading.parse_tasks(stage.parameters.get("tasks"))
    batch_size = _batch_size(stage.parameters)
    prompts = _prompts(stage.parameters)
    digests: dict[str, str] = {}
    dataset = _dataset(stage, digests)
    models.quiet()
    work = output / "work"
    known = loading.manager(asked, _custom(stage, work, digests)) if asked else None
    base = models.base_checkpoint(stage)
    if stage.input("baseModel").uri is not None:
        digests["baseModel"] = files.digest(files.entries(base.path))
    subject = models.stage_checkpoint(stage.input("subject")) if "subject" in stage.inputs else None
    # All of them, and the template too, before the first is measured: what is wrong with the last one is found at once.
    loaded = {task.name: loading.load(known, task) for task in asked}
    model, tokenizer = models.load_subject(base, subject)
    if dataset is not None:
        chat.require_template(dataset, tokenizer, stage.input("preferenceDataset").name)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = model.to(models.device()).eval()
    log.event(f"subject {stage.parameters.get('subject')}: {_describe(base, subject)}")

    entries: dict[str, dict[str, Any]] = {}
    metrics: dict[str, float] = {}
    measures = progress.Measures(progress.reporter(), len(asked) + (dataset is not None) + bool(prompts))
    lm = harness.wrap(model, tokenizer, batch_size, measures.within) if asked else None
    for task in asked:
        # Taken out, so that what lm-eval keeps of a task goes when it is done.
        outcome = harness.run(lm, loaded.pop(task.name))
        entries[task.name] = {**outcome.entry, "limit": task.limit}
        if outcome.children:
            entries[task.name]["children"] = outcome.children
        for name, rows in outcome.samples.items():
            file = output / "samples" / f"{name}.jsonl"
            file.parent.mkdir(parents=True, exist_ok=True)
            files.write_jsonl(file, rows)
        metrics[task.name] = outcome.entry["value"]
        log.event(f"{task.name}: {_figure(outcome.entry)}")
        measures.next()
    preference = None
    if dataset is not None:
        preference, rows = pairs.evaluate(model, tokenizer, dataset, batch_size, measures.within)
        files.write_jsonl(output / "preference.jsonl", rows)
        metrics["preference_accuracy"] = preference["accuracy"]
        log.event(f"preference accuracy {preference['accuracy']:.4f} on {preference['n']} held-out pairs")
        measures.next()
    if prompts:
        answers = generate.answers(model, tokenizer, prompts, measures.within)
        (output / "generations.json").write_text(files.to_json(answers), encoding="utf-8")
        measures.next()
    settings = {"batchSize": batch_size, "dtype": "float32", "seed": loading.SEED} | models.runtime()
    document = {
        "version": RESULTS_VERSION,
        "subject": stage.parameters.get("subject"),
        "baseModel": base.name,
        "tasks": entries,
        "preference": preference,
        "settings": settings,
        "versions": models.versions(),
    }
    (output / "results.json").write_text(files.to_json(document), encoding="utf-8")
    _remove(work)
    datafiles.confirm()
    text = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()) or "nothing was asked for"
    return StageResult(text, metrics, settings | {"tasks": _resolved(entries)}, models.versions(), digests)


def _custom(stage: StageDocument, work: Path, digests: dict[str, str]) -> Path | None:
    item = stage.inputs.get("customTasks")
    if item is None:
        return None
    source = datafiles.content_of(item, "TaskNotFound")
    tasks.copy(source, work / "tasks", item.name)
    if item.uri is not None:
        digests["customTasks"] = files.digest(files.entries(source))
    return work / "tasks"


def _dataset(stage: StageDocument, digests: dict[str, str]) -> Dataset | None:
    item = stage.inputs.get("preferenceDataset")
    if item is None:
        return None
    root = datafiles.content_of(item, "DatasetNotFound")
    dataset = data.load(root, datafiles.split_of(stage, "preferenceDataset"), item.name, data.PREFERENCE_FORMATS)
    if item.uri is not None:
        digests["preferenceDataset"] = datafiles.dataset_digest(dataset.files, root)
    return dataset


def _batch_size(parameters: Mapping[str, Any]) -> int:
    value = parameters.get("batchSize")
    number = DEFAULT_BATCH_SIZE if value is None else int(convert(value, "int", "batchSize"))
    if number < 1:
        raise StageError("InvalidParameter", f"batchSize: must be at least 1, but is {number}.")
    return number


def _prompts(parameters: Mapping[str, Any]) -> list[str]:
    prompts = parameters.get("prompts") or []
    if not isinstance(prompts, list) or not all(isinstance(item, str) for item in prompts):
        raise StageError("InvalidParameter", "prompts: must be a list of texts.")
    return prompts


def _resolved(entries: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    names = ("numFewshot", "limit", "n", "primaryMetric", "filter")
    return [{"name": name} | {key: entry[key] for key in names} for name, entry in entries.items()]


def _describe(base: checkpoint.Checkpoint, subject: checkpoint.Checkpoint | None) -> str:
    if subject is None:
        return f"the base model {base.name}"
    return f"{base.name} with the adapter of {subject.name}" if subject.adapter else f"the checkpoint of {subject.name}"


def _figure(entry: Mapping[str, Any]) -> str:
    error = "" if entry["stderr"] is None else f" +- {entry['stderr']:.4f}"
    return f"{entry['primaryMetric']} {entry['value']:.4f}{error} (n {entry['n']})"


def _remove(work: Path) -> None:
    import shutil

    shutil.rmtree(work, ignore_errors=True)
