import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Ended, Workspace, fixture

from paft_train import data
from paft_train.evaluate import generate, pairs, results


def document(subject: str = "base", **parameters: Any) -> dict[str, Any]:
    asked = fixture("evaluate-base")
    asked["parameters"] |= {"subject": subject, **parameters}
    return asked


def read(ended: Ended, name: str) -> Any:
    return json.loads((ended.output / name).read_text())


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def base(seeded: Path) -> Ended:
    return Workspace(seeded).run(document(), "e1")


def test_base_fixture(base: Ended) -> None:
    assert base.code == 0, base.message
    found = read(base, "results.json")
    assert set(found["tasks"]) == {"tiny_skill", "tiny_style"}
    skill = found["tasks"]["tiny_skill"]
    assert (skill["primaryMetric"], skill["filter"], skill["n"]) == ("exact_match", "none", 16)
    assert skill["higherIsBetter"] is True
    samples = lines(base.output / "samples/tiny_skill.jsonl")
    values = [row["metrics"]["exact_match"] for row in samples]
    mean, stderr = results.mean_and_stderr(values)
    assert skill["value"] == pytest.approx(mean)
    assert skill["stderr"] == pytest.approx(stderr)
    assert {"doc_id", "doc_hash", "filter", "metrics", "target", "response"} == set(samples[0])
    assert all((row["response"] == row["target"]) == bool(row["metrics"]["exact_match"]) for row in samples)
    assert found["tasks"]["tiny_style"]["filter"] == "end_mark"
    assert found["settings"]["dtype"] == "float32"
    assert "lm_eval" in found["versions"]
    assert found["baseModel"] == "models/tiny"
    assert base.message["metrics"]["preference_accuracy"] == pytest.approx(found["preference"]["accuracy"])
    assert read(base, "generations.json")[0]["prompt"] == "3abc>"
    assert "work" not in {Path(item["path"]).parts[0] for item in base.manifest["files"]}


def test_adapter_and_full_checkpoint(workspace: Workspace, lora: Ended, full: Ended, base: Ended) -> None:
    for key, trained in (("e2", lora), ("e3", full)):
        asked = document("sft")
        asked["inputs"]["subject"] = workspace.stage_input("sft", trained)
        ended = workspace.run(asked, key)
        assert ended.code == 0, ended.message
        ours, theirs = (lines(item.output / "preference.jsonl") for item in (ended, base))
        assert [row["hash"] for row in ours] == [row["hash"] for row in theirs]
        assert [row["chosen_logp"] for row in ours] != [row["chosen_logp"] for row in theirs]


def test_preference_scores_against_a_plain_computation(base: Ended, seeded: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(seeded / "models/tiny")
    tokenizer = AutoTokenizer.from_pretrained(seeded / "models/tiny")
    rows = lines(seeded / "data/tiny/preference-heldout.jsonl")
    measured = lines(base.output / "preference.jsonl")
    for row, got in list(zip(rows, measured, strict=True))[:4]:
        prompt = tokenizer(row["prompt"], return_tensors="pt").input_ids
        whole = tokenizer(row["prompt"] + row["chosen"] + "<eos>", return_tensors="pt").input_ids
        with torch.no_grad():
            logps = model(whole).logits[0, :-1].log_softmax(-1)
        total = sum(float(logps[i - 1, whole[0, i]]) for i in range(prompt.shape[1], whole.shape[1]))
        assert got["chosen_logp"] == pytest.approx(total, abs=1e-4)
        assert got["chosen_tokens"] == whole.shape[1] - prompt.shape[1]
        assert got["correct"] == float(got["chosen_logp"] > got["rejected_logp"])


def test_ties_count_half() -> None:
    rows = [
        pairs.pair_row(0, {"prompt": "a"}, pairs.Scored(-2.0, 2), pairs.Scored(-2.0, 1)),
        pairs.pair_row(1, {"prompt": "b"}, pairs.Scored(-1.0, 1), pairs.Scored(-3.0, 6)),
    ]
    found = pairs.summary(rows)
    assert [row["correct"] for row in rows] == [0.5, 1.0]
    assert [row["correct_normalised"] for row in rows] == [1.0, 0.0]
    assert (found["accuracy"], found["lengthNormalisedAccuracy"], found["ties"], found["meanMargin"]) == (
        0.75,
        0.5,
        1,
        1.0,
    )


def test_prompt_of_conversations_is_what_they_share() -> None:
    user, good, bad = ({"role": "r", "content": text} for text in "ugb")
    assert pairs.split_conversation({"chosen": [user, good], "rejected": [user, bad]}, "rejected") == ([user], [bad])
    assert pairs.split_conversation({"chosen": [user, good], "rejected": [user, good]}, "chosen") == ([user], [good])


def test_primary_metric() -> None:
    raw = {"alias": "x", "acc,none": 0.5, "acc_stderr,none": 0.1, "acc_norm,none": 0.6, "acc_norm_stderr,none": "N/A"}
    entry = results.task_entry(raw, {"acc": True, "acc_norm": True}, 7)
    assert entry is not None
    assert (entry["primaryMetric"], entry["value"], entry["stderr"], entry["n"]) == ("acc_norm", 0.6, None, 7)
    perplexity = results.task_entry({"word_perplexity,none": 9.0, "bleu,none": 3.0}, {"bleu": True}, 2)
    assert perplexity is not None
    assert perplexity["primaryMetric"] == "bleu"
    lower = results.task_entry({"word_perplexity,none": 9.0}, {"word_perplexity": False}, 2)
    assert lower is not None
    assert lower["higherIsBetter"] is False
    assert results.task_entry({"alias": "x"}, {}, 2) is None


def test_groups_are_means_of_their_tasks() -> None:
    child = {"primaryMetric": "acc", "filter": "none", "higherIsBetter": True}
    children = {
        "a": {**child, "value": 0.2, "stderr": 0.3, "n": 5},
        "b": {**child, "value": 0.6, "stderr": 0.4, "n": 7},
    }
    group, counted = results.group_entry(children, None, False)
    assert group["value"] == pytest.approx(0.4)
    assert group["stderr"] == pytest.approx(math.hypot(0.3, 0.4) / 2)
    assert (group["n"], group["subtasks"], group["weights"]) == (12, ["a", "b"], {"a": 0.5, "b": 0.5})
    assert counted == children


HIGHER = {"acc": True, "acc_norm": True, "exact_match": True, "perplexity": False}


def measured(n: int, **metrics: float) -> dict[str, Any]:
    entry = results.task_entry({f"{name},none": value for name, value in metrics.items()}, HIGHER, n)
    assert entry is not None
    return entry


def grouped(
    children: dict[str, dict[str, Any]], by_size: bool = True, **aggregated: float
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    own = results.aggregate_entry(children, {f"{name},none": value for name, value in aggregated.items()}, HIGHER)
    return results.group_entry(children, own, by_size)


def test_a_group_is_compared_by_what_it_aggregates_of_all_its_tasks() -> None:
    children = {"a": measured(30, acc=0.2, acc_stderr=0.1, perplexity=3.0), "b": measured(10, acc=0.6, acc_norm=0.9)}
    group, counted = grouped(children, acc_norm=0.9, perplexity=3.0, acc=0.3)
    assert (group["primaryMetric"], group["value"], group["n"]) == ("acc", 0.3, 40)
    assert group["weights"] == {"a": 0.75, "b": 0.25}
    assert [(child["primaryMetric"], child["value"], child["stderr"]) for child in counted.values()] == [
        ("acc", 0.2, 0.1),
        ("acc", 0.6, None),
    ]
    assert grouped(children, False, acc=0.3)[0]["weights"] == {"a": 0.5, "b": 0.5}


def test_a_group_whose_tasks_have_no_metric_in_common_drops_none_of_them() -> None:
    children = {"a": measured(30, acc=0.2), "b": measured(10, acc_norm=0.6), "c": measured(20, exact_match=0.7)}
    group, counted = grouped(children, acc_norm=0.6, acc=0.2, exact_match=0.7)
    assert group["value"] == pytest.approx((0.2 + 0.6 + 0.7) / 3)
    assert (group["primaryMetric"], group["n"]) == ("mean", 60)
    assert group["weights"] == pytest.approx({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    assert counted == children


def test_a_group_of_custom_tasks(workspace: Workspace, seeded: Path) -> None:
    group = seeded / "tasks/group"
    group.mkdir(exist_ok=True)
    rows = [json.dumps({"q": f"1{w}>", "c": [w, w.upper()], "a": 0}) + "\n" for w in ("abc", "bcd", "cde")]
    common = "dataset_path: json\ntest_split: test\noutput_type: multiple_choice\n"
    common += 'doc_to_text: "{{q}}"\ndoc_to_choice: "{{c}}"\ndoc_to_target: "{{a}}"\ntarget_delimiter: ""\n'
    for name, size in (("mc_a", 3), ("mc_b", 1)):
        (group / f"{name}.jsonl").write_text("".join(rows[:size]))
        data = f"dataset_kwargs: {{data_files: {{test: {name}.jsonl}}}}\n"
        (group / f"{name}.yaml").write_text(f"task: {name}\n{common}{data}")
    (group / "mc.yaml").write_text("group: mc\ntask: [mc_a, mc_b]\n")
    for name, by_size in (("mc_sized", True), ("mc_even", False)):
        aggregate = f"aggregate_metric_list: [{{metric: acc, weight_by_size: {by_size}}}]\n"
        (group / f"{name}.yaml").write_text(f"group: {name}\ntask: [mc_a, mc_b]\n{aggregate}")
    tasks = [{"name": "mc", "limit": 1}, {"name": "mc_sized"}, {"name": "mc_even"}, {"name": "mc_a", "limit": 2}]
    asked = document(tasks=tasks, prompts=[])
    asked["inputs"]["customTasks"] = {"uri": "tasks/group", "path": "tasks/group"}
    del asked["inputs"]["preferenceDataset"]
    ended = workspace.run(asked, "e4")
    assert ended.code == 0, ended.message
    found = read(ended, "results.json")
    entries = found["tasks"]
    assert (entries["mc"]["n"], entries["mc"]["subtasks"]) == (2, ["mc_a", "mc_b"])
    assert entries["mc_sized"]["weights"] == {"mc_a": 0.75, "mc_b": 0.25}
    assert entries["mc_even"]["weights"] == {"mc_a": 0.5, "mc_b": 0.5}
    for name in ("mc_sized", "mc_even"):
        # What the differences are made of is what lm-eval's own value is made of.
        entry = entries[name]
        assert entry["primaryMetric"] == "acc"
        parts = [weight * entry["children"][leaf]["value"] for leaf, weight in entry["weights"].items()]
        assert sum(parts) == pytest.approx(entry["value"], abs=1e-12)
    assert found["preference"] is None
    assert len(lines(ended.output / "samples/mc/mc_a.jsonl")[0]["response"]) == 2
    sizes = {name: len(lines(ended.output / f"samples/{name}.jsonl")) for name in ("mc/mc_a", "mc_sized/mc_a", "mc_a")}
    assert sizes == {"mc/mc_a": 1, "mc_sized/mc_a": 3, "mc_a": 2}
    assert not (ended.output / "generations.json").exists()


@pytest.fixture(scope="module")
def standard() -> Any:
    """lm-eval's own tasks, indexed once for the tests that need them."""
    from lm_eval.tasks import TaskManager

    return TaskManager()


@pytest.fixture
def indexed(standard: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from paft_train.evaluate import loading

    original = loading.TaskManager
    monkeypatch.setattr(
        loading, "TaskManager", lambda **given: original(**given) if "include_defaults" in given else standard
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tasks": [{"name": "no_such_task_at_all"}]}, "TaskNotFound"),
        ({"tasks": [{"name": ""}]}, "InvalidParameter"),
        ({"tasks": [{"name": "tiny_skill"}, {"name": "tiny_skill"}]}, "InvalidParameter"),
        ({"tasks": [{"name": "tiny_skill", "limit": 0}]}, "InvalidParameter"),
        ({"batchSize": 0}, "InvalidParameter"),
        ({"prompts": "x"}, "InvalidParameter"),
    ],
)
def test_faults(workspace: Workspace, indexed: None, change: dict[str, Any], reason: str) -> None:
    ended = workspace.run(document(**change), "0f")
    assert (ended.code, ended.message["reason"]) == (78, reason)


def test_a_standard_task_without_network(workspace: Workspace, indexed: None) -> None:
    ended = workspace.run(document(tasks=[{"name": "arc_easy", "limit": 1}]), "1f")
    assert ended.message["reason"] == "InvalidParameter"
    assert "offline" in ended.message["message"]


def test_chats_use_the_template(seeded: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(seeded / "models/tiny")
    tokenizer = AutoTokenizer.from_pretrained(seeded / "models/tiny")
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m['content'] }}{% endfor %}{% if add_generation_prompt %}>{% endif %}"
    )
    turns = [{"role": "user", "content": "1abc"}]
    row = {"prompt": turns, "chosen": [{"role": "assistant", "content": ">abc."}], "rejected": turns}
    dataset = data.Dataset([row], ("prompt", "chosen", "rejected"), True, [])
    prompt, answer = pairs.encode(tokenizer, row, dataset, "chosen")
    assert tokenizer.decode(prompt).endswith("1abc>")
    assert tokenizer.decode(answer) == "abc."
    (found,) = generate.answers(model, tokenizer, ["1abc"], lambda done, total: None)
    assert found["chatTemplate"] is True
