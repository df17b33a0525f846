import json
import os
from pathlib import Path
from typing import Any

import pytest

from paft_train import chat, data
from paft_train.errors import StageError


def write(path: Path, *rows: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def load(path: Path, formats: Any = data.SFT_FORMATS, split: str = "train") -> data.Dataset:
    return data.load(path, split, "data/x", formats)


TURNS = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]

GOOD = [
    (data.SFT_FORMATS, {"prompt": "p", "completion": "c", "extra": 1}, ("prompt", "completion"), False),
    (data.SFT_FORMATS, {"prompt": TURNS[:1], "completion": TURNS[1:]}, ("prompt", "completion"), True),
    (data.SFT_FORMATS, {"messages": TURNS}, ("messages",), True),
    (data.SFT_FORMATS, {"text": "t"}, ("text",), False),
    (data.PREFERENCE_FORMATS, {"prompt": "p", "chosen": "c", "rejected": "r"}, ("prompt", "chosen", "rejected"), False),
    (
        data.PREFERENCE_FORMATS,
        {"prompt": TURNS[:1], "chosen": TURNS[1:], "rejected": TURNS[1:]},
        ("prompt", "chosen", "rejected"),
        True,
    ),
    (data.PREFERENCE_FORMATS, {"chosen": TURNS, "rejected": TURNS}, ("chosen", "rejected"), True),
    (data.PREFERENCE_FORMATS, {"prompt": "q", "chosen": TURNS, "rejected": TURNS}, ("chosen", "rejected"), True),
]


@pytest.mark.parametrize(("formats", "row", "columns", "conversational"), GOOD)
def test_formats(tmp_path: Path, formats: Any, row: Any, columns: tuple[str, ...], conversational: bool) -> None:
    dataset = load(write(tmp_path / "d.jsonl", row, "", row), formats)
    assert (dataset.columns, dataset.conversational, len(dataset.rows)) == (columns, conversational, 2)
    assert set(dataset.rows[0]) == set(columns)


BAD = [
    (["{}", ""], "DatasetColumnMissing", ("line 1", "none", "{prompt, completion} or {messages} or {text}")),
    ([{"text": "a"}, "{oops"], "DatasetMalformed", ("line 2", "not JSON", "column 2")),
    ([{"text": "a"}, "[1]"], "DatasetMalformed", ("line 2", "a list")),
    ([{"text": "a"}, {"body": "b"}], "DatasetColumnMissing", ("line 2", "body")),
    (
        [{"prompt": "a", "completion": "b"}, {"text": "b"}],
        "DatasetColumnMissing",
        ("line 2", "text", "{prompt, completion}"),
    ),
    ([{"text": "a"}, {"text": 3}], "DatasetMalformed", ("line 2", "'text'", "a number")),
    ([{"text": ""}], "DatasetMalformed", ("line 1", "empty")),
    (
        [{"prompt": "a", "completion": "b"}, {"prompt": TURNS, "completion": TURNS}],
        "DatasetMalformed",
        ("line 2", "a string"),
    ),
    ([{"prompt": TURNS, "completion": "b"}], "DatasetMalformed", ("line 1", "'prompt'")),
    ([{"messages": [{"role": "user"}]}], "DatasetMalformed", ("messages[0]", "content")),
    ([{"messages": []}], "DatasetMalformed", ("no messages",)),
    ([{"text": "a"}, {"text": "ab\ud83d"}], "DatasetMalformed", ("line 2", "'text'", "\\ud83d", "position 2")),
    ([{"messages": [{"role": "user", "content": "\udc00"}]}], "DatasetMalformed", ("line 1", "messages[0]", "\\udc00")),
    ([], "DatasetEmpty", ("no rows",)),
]


@pytest.mark.parametrize(("rows", "reason", "parts"), BAD)
def test_bad_rows_are_named_by_line(tmp_path: Path, rows: list[Any], reason: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(StageError) as raised:
        load(write(tmp_path / "d.jsonl", *rows))
    assert raised.value.reason == reason
    assert raised.value.code == 65
    for part in ("data/x", *parts):
        assert part in raised.value.message


def test_chosen_and_rejected_text_needs_a_prompt(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="need a 'prompt'"):
        load(write(tmp_path / "d.jsonl", {"chosen": "a", "rejected": "b"}), data.PREFERENCE_FORMATS)


def test_json_lists_parquet_and_splits(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [{"text": "a"}, {"text": "b"}]
    (tmp_path / "list.json").write_text(json.dumps(rows))
    (tmp_path / "lines.json").write_text('{"text": "a"}\n{"text": "b"}\n')
    assert load(tmp_path / "list.json").rows == load(tmp_path / "lines.json").rows == rows
    hub = tmp_path / "hub/data"
    hub.mkdir(parents=True)
    for part in range(2):
        parquet.write_table(pyarrow.Table.from_pylist(rows), hub / f"train-0000{part}-of-00002.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([{"text": "t"}]), hub / "test-00000-of-00001.parquet")
    assert len(load(tmp_path / "hub").rows) == 4
    assert load(tmp_path / "hub", split="test").rows == [{"text": "t"}]
    write(tmp_path / "dir/valid/0.jsonl", {"text": "v"})
    write(tmp_path / "dir/train.jsonl", {"text": "a"})
    assert load(tmp_path / "dir", split="valid").rows == [{"text": "v"}]
    assert load(tmp_path / "dir").rows == [{"text": "a"}]
    with pytest.raises(StageError, match=r"no file of split 'dev'.*train\.jsonl") as raised:
        load(tmp_path / "dir", split="dev")
    assert raised.value.reason == "DatasetNotFound"


def test_broken_parquet_and_encoding(tmp_path: Path) -> None:
    (tmp_path / "d.parquet").write_bytes(b"PAR1nonsensePAR1")
    (tmp_path / "d.jsonl").write_bytes(b'{"text": "\xff"}\n')
    (tmp_path / "d.json").write_text('[{"text": "a"},\n oops]')
    for name, part in (("d.parquet", "Parquet"), ("d.jsonl", "UTF-8"), ("d.json", "line 2")):
        with pytest.raises(StageError, match=part) as raised:
            load(tmp_path / name)
        assert raised.value.reason == "DatasetMalformed"


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", write(tmp_path / "d.csv", "a")):
        with pytest.raises(StageError) as raised:
            load(path)
        assert raised.value.reason == "DatasetNotFound"
    secret = write(tmp_path / "secret.jsonl", {"text": "a"})
    secret.chmod(0)
    if os.geteuid() != 0:
        with pytest.raises(StageError, match="may not read") as raised:
            load(secret)
        assert raised.value.reason == "DatasetNotFound"


def test_conversations_need_a_chat_template() -> None:
    class Tokenizer:
        chat_template = None

    dataset = data.Dataset([{"messages": TURNS}], ("messages",), True, [])
    with pytest.raises(StageError, match="no chat template") as raised:
        chat.require_template(dataset, Tokenizer(), "data/x")
    assert raised.value.reason == "InvalidParameter"
