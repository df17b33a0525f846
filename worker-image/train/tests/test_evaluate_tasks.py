"""Task files of a person's own: what is done to them, and which are refused."""

from pathlib import Path

import pytest

from paft_train.errors import StageError
from paft_train.evaluate import tasks


def custom(tmp_path: Path, text: str) -> Path:
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "in/sub/t.yaml").write_text(text)
    (tmp_path / "in/sub/d.jsonl").write_text("{}\n")
    return tmp_path / "in"


def test_data_files_become_absolute(tmp_path: Path) -> None:
    import yaml

    source = custom(
        tmp_path,
        "task: t\ndataset_kwargs: {data_files: {test: d.jsonl, train: [d.jsonl], x: 'hf://d/e'}, data_dir: more}\n",
    )
    tasks.copy(source, tmp_path / "out", "tasks/x")
    kwargs = yaml.safe_load((tmp_path / "out/sub/t.yaml").read_text())["dataset_kwargs"]
    path = str(source / "sub/d.jsonl")
    assert kwargs == {
        "data_files": {"test": path, "train": [path], "x": "hf://d/e"},
        "data_dir": str(source / "sub/more"),
    }


@pytest.mark.parametrize(
    ("text", "reason", "part"),
    [
        ("task: t\nprocess_docs: !function utils.f\n", "UnsafeFormat", "line 2"),
        ("task: t\nclass: utils.C\n", "UnsafeFormat", "'class'"),
        ("task: [\n", "TaskNotFound", "not YAML"),
        ("- a\n", "TaskNotFound", "YAML object"),
        ("task: t\nmetric_list: [{metric: /workspace/x/evil.py}]\n", "UnsafeFormat", "'/workspace/x/evil.py'"),
        ("task: t\nmetric_list: [{metric: someone/space}]\n", "UnsafeFormat", "'someone/space'"),
        ("task: t\nmetric_list: [{metric: acc}, {metric: rouge}]\n", "UnsafeFormat", "'rouge'"),
        ("task: t\nmetric_list: [{metric: acc, hf_evaluate: true}]\n", "UnsafeFormat", "'hf_evaluate'"),
        ("group: g\ntask: [a, {task: b, metric_list: [{metric: ../m}]}]\n", "UnsafeFormat", "'../m'"),
        ("group: g\ntask: [{group: h, task: [{task: b, unsafe_code: true}]}]\n", "UnsafeFormat", "'unsafe_code'"),
        ("group: g\ntask: [{task: b, class: utils.C}]\n", "UnsafeFormat", "'class'"),
        ("group: g\ntask: [{task: b, doc_to_text: !function utils.f}]\n", "UnsafeFormat", "line 2"),
        ("task: t\nmetadata: &m {more: [*m], class: c}\n", "UnsafeFormat", "'class'"),
        ("task: t\ninclude: ../../../etc/passwd\n", "UnsafeFormat", "outside"),
        ("task: t\ninclude: [/etc/passwd]\n", "UnsafeFormat", "outside"),
        ("task: t\ninclude: nothing\n", "TaskNotFound", "not there"),
        ("task: t\ndataset_kwargs: {data_files: none.jsonl}\n", "DatasetNotFound", "none.jsonl"),
    ],
)
def test_bad_task_files(tmp_path: Path, text: str, reason: str, part: str) -> None:
    with pytest.raises(StageError) as raised:
        tasks.copy(custom(tmp_path, text), tmp_path / "out", "tasks/x")
    assert raised.value.reason == reason
    assert part in raised.value.message
    assert "tasks/x/sub/t.yaml" in raised.value.message


def test_what_is_harmless_in_a_task_file_stays(tmp_path: Path) -> None:
    text = (
        "group: g\naggregate_metric_list: [{metric: any_name}]\n"
        "task: [a, {task: b, metric_list: [{metric: exact_match, hf_evaluate: false}]}]\n"
    )
    tasks.copy(custom(tmp_path, text), tmp_path / "out", "tasks/x")
    assert "any_name" in (tmp_path / "out/sub/t.yaml").read_text()


@pytest.mark.parametrize("metric", ["someone/space", "evil.py"])
def test_a_metric_from_elsewhere_is_not_loaded_whoever_asks(
    metric: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import evaluate
    from lm_eval.api.task import ConfigurableTask

    from paft_train.evaluate import loading

    asked: list[str] = []
    monkeypatch.setattr(evaluate, "load", asked.append)
    config = {
        "task": "t",
        "dataset_path": "json",
        "output_type": "generate_until",
        "metric_list": [{"metric": metric, "aggregation": "mean", "higher_is_better": True}],
    }
    with pytest.raises(StageError, match="never run") as raised, loading.explained("t"):
        ConfigurableTask(config=config)
    assert (raised.value.reason, asked) == ("UnsafeFormat", [])


def test_what_a_task_includes_is_copied_and_looked_at_too(tmp_path: Path) -> None:
    source = custom(tmp_path, "task: t\ninclude: [_base_yaml, other.yml]\n")
    (source / "sub/_base_yaml").write_text("output_type: multiple_choice\n")
    (source / "sub/other.yml").write_text("test_split: test\n")
    tasks.copy(source, tmp_path / "out", "tasks/x")
    written = (tmp_path / "out/sub/t.yaml").read_text()
    assert "- _base_yaml" in written
    assert "- other.yaml" in written
    assert "multiple_choice" in (tmp_path / "out/sub/_base_yaml").read_text()
    assert (tmp_path / "out/sub/other.yaml").is_file()
    (source / "sub/_base_yaml").write_text("process_docs: !function utils.f\n")
    with pytest.raises(StageError) as raised:
        tasks.copy(source, tmp_path / "out", "tasks/x")
    assert raised.value.reason == "UnsafeFormat"
    assert "_base_yaml, line 1" in raised.value.message


def test_a_template_cannot_reach_python() -> None:
    from jinja2.exceptions import SecurityError
    from lm_eval.utils import apply_template

    from paft_train.evaluate import loading

    assert loading.SEED
    assert apply_template("{{ a | regex_replace('x', 'y') }}!", {"a": "xx"}) == "yy!"
    with pytest.raises(SecurityError):
        apply_template("{{ cycler.__init__.__globals__.os.popen('id').read() }}", {})
