import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import Workspace

from paft_train import data
from paft_train.__main__ import main
from paft_train.prepare import smollm2, tiny, toy, toymodel, workspace


def test_answers() -> None:
    assert [toy.answer(task, "apc") for task in toy.ALL_TASKS] == ["apc", "APC", "cpa", "bad"]
    with pytest.raises(ValueError, match="no task 5"):
        toy.answer(5, "a")


def test_rows() -> None:
    rng = Random(1)
    rows = [toy.example(rng, toy.SFT_TASKS) for _ in range(600)]
    assert 0.4 < sum(row["prompt"].startswith("3") for row in rows) / 600 < 0.6
    assert {row["completion"][-1] for row in rows} == {".", "!"}
    pair = toy.pair(rng, toy.PREFERENCE_TASKS)
    assert (pair["chosen"][:-1], pair["chosen"][-1], pair["rejected"][-1]) == (pair["rejected"][:-1], ".", "!")


def test_questions_are_balanced_from_the_start() -> None:
    rows = toy.questions(11, 8)
    assert [row["prompt"][0] for row in rows[:8]] == list("12341234")
    assert sorted({len(row["answer"]) for row in rows[:16]}) == [3, 4, 5, 6]
    assert toy.questions(11, 8) == rows
    assert toy.questions(12, 8) != rows


def test_tokenizer_is_one_token_per_character(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    toymodel.tokenizer().save_pretrained(tmp_path)
    for encode in (toymodel.tokenizer(), AutoTokenizer.from_pretrained(tmp_path)):
        ids = encode("3abP>x.<eos>")["input_ids"]
        assert ids[0] == 1
        assert ids[-1] == 2
        assert len(ids) == 9
        assert encode.decode(ids, skip_special_tokens=True) == "3abP>."


def test_sizes() -> None:
    from transformers import LlamaForCausalLM

    assert isinstance(toymodel.SIZES["tiny"], toymodel.Size)
    counted = {}
    for name, size in toymodel.SIZES.items():
        model = toymodel.pretrain(
            toymodel.Size(size.hidden, size.intermediate, size.layers, 1, batch=1), toymodel.tokenizer()
        )
        assert isinstance(model, LlamaForCausalLM)
        counted[name] = sum(p.numel() for p in model.parameters())
    assert counted == {"tiny": 667_264, "mini": 87_616}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(toymodel.SIZES, "mini", toymodel.Size(16, 16, 1, 2, batch=2))


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_prepare_is_repeatable_and_idempotent(tmp_path: Path, small: None, capsys: Any) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        root.mkdir()
        assert main(["prepare", "tiny", "--size", "mini", "--workspace", str(root)]) == 0
    assert "eta" in capsys.readouterr().out
    assert tree(roots[0]) == tree(roots[1])
    assert main(["prepare", "tiny", "--size", "mini", "--workspace", str(roots[0])]) == 0
    printed = capsys.readouterr()
    assert "already prepared" in printed.out
    assert main(["prepare", "tiny", "--size", "mini", "--seed", "5", "--workspace", str(roots[0])]) == 78
    assert "Remove it" in capsys.readouterr().err
    assert main(["prepare", "tiny", "--workspace", str(tmp_path / "none")]) == 78


def test_an_interrupted_preparation_is_made_again(tmp_path: Path) -> None:
    calls = []

    def write(directory: Path) -> None:
        calls.append(directory)
        (directory / "x").write_text("x")

    (tmp_path / "models/x.tmp").mkdir(parents=True)
    (tmp_path / "models/x.tmp/rest").write_text("")
    (tmp_path / "models/x").mkdir()
    for _ in range(2):
        workspace.install(tmp_path, "x", {"a": 1}, {"models/x": write})
    assert len(calls) == 1
    assert [p.name for p in (tmp_path / "models/x").iterdir()] == ["x"]
    assert json.loads((tmp_path / "prepared/x.json").read_text())["settings"] == {"a": 1}


def test_the_tasks_run(workspace: Workspace) -> None:
    text = (workspace.root / "tasks/tiny/tiny_skill.yaml").read_text()
    assert "{{prompt}}" in text
    assert tiny.COUNTS["tiny"].prompts == 200


def test_smollm2_needs_a_gguf_file(tmp_path: Path, capsys: Any) -> None:
    command = ["prepare", "smollm2", "--workspace", str(tmp_path)]
    assert main(command) == 78
    assert main([*command, "--gguf", str(tmp_path / "none.gguf")]) == 65
    (tmp_path / "x.gguf").write_bytes(b"nonsense")
    assert main([*command, "--gguf", str(tmp_path / "x.gguf")]) == 65
    (tmp_path / "x.gguf").write_bytes(b"GGUFnonsense")
    assert main([*command, "--gguf", str(tmp_path / "x.gguf")]) == 65
    errors = capsys.readouterr().err
    for reason in ("InvalidParameter: --gguf", "ModelNotFound", "ModelInvalid"):
        assert reason in errors
    assert not (tmp_path / "models/smollm2").exists()


def test_smollm2_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "convert", lambda gguf, directory: (directory / "x").write_text("x"))
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    smollm2.prepare(tmp_path, tmp_path / "x.gguf")
    root = tmp_path / "data/smollm2"
    rows = data.load(root / "sft.jsonl", "train", "sft", data.SFT_FORMATS)
    assert (len(rows.rows), rows.columns, rows.conversational) == (60, ("messages",), True)
    seen = set()
    for name, count in (("preference", 40), ("preference-heldout", 16)):
        pairs = data.load(root / f"{name}.jsonl", "train", name, data.PREFERENCE_FORMATS)
        assert (len(pairs.rows), pairs.conversational) == (count, True)
        seen |= {row["prompt"][0]["content"] for row in pairs.rows}
    assert len(seen) == 56
    facts = [json.loads(line) for line in (tmp_path / "tasks/smollm2/facts.jsonl").read_text().splitlines()]
    assert len(facts) == 24
    assert all(len(set(row["choices"])) == 4 and 0 <= row["answer"] < 4 for row in facts)
    assert {row["answer"] for row in facts} == {0, 1, 2, 3}
