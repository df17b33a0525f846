import json
import shutil
import struct
from pathlib import Path

import pytest
from conftest import Ended, Workspace, fixture, quick

from paft_train import checkpoint, models
from paft_train.errors import StageError


@pytest.fixture
def model(seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeded / "models/tiny", tmp_path / "model"))


def fails(path: Path, reason: str, *parts: str) -> None:
    with pytest.raises(StageError) as raised:
        checkpoint.inspect(path, "models/x")
    assert raised.value.reason == reason
    for part in parts:
        assert part in raised.value.message


def test_a_whole_model(model: Path) -> None:
    found = checkpoint.inspect(model, "models/x")
    assert not found.adapter
    assert found.shapes["model.embed_tokens.weight"] == (42, 32)


def test_not_there(model: Path, tmp_path: Path) -> None:
    fails(tmp_path / "none", "ModelNotFound", "no such directory")
    (tmp_path / "empty").mkdir()
    fails(tmp_path / "empty", "ModelNotFound")
    (model / "config.json").unlink()
    fails(model, "ModelNotFound", "config.json")


def test_pickles_are_refused(model: Path) -> None:
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    fails(model, "UnsafeFormat", "pytorch_model.bin", "safetensors")


def test_truncated_and_broken_weights(model: Path) -> None:
    weights = model / "model.safetensors"
    content = weights.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    weights.write_bytes(content[:-100])
    fails(model, "ModelInvalid", "models/x/model.safetensors", f"offset {len(content) - 100}", "truncated")
    weights.write_bytes(content + b"x")
    fails(model, "ModelInvalid", f"offset {len(content)}")
    weights.write_bytes(content[:5])
    fails(model, "ModelInvalid", "offset 0")
    weights.write_bytes(struct.pack("<Q", 1 << 60) + content[8:])
    fails(model, "ModelInvalid", "offset 0", "header")
    weights.write_bytes(content[:8] + b"x" * length + content[8 + length :])
    fails(model, "ModelInvalid", "offset 8", "not JSON")
    (model / "config.json").write_text("{")
    weights.write_bytes(content)
    fails(model, "ModelInvalid", "config.json")


def test_missing_shards(model: Path) -> None:
    (model / "model.safetensors").rename(model / "model-00001-of-00002.safetensors")
    index = {"weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    assert checkpoint.inspect(model, "models/x").shapes["lm_head.weight"] == (42, 32)
    index["weight_map"]["other.weight"] = "model-00002-of-00002.safetensors"
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    fails(model, "ModelInvalid", "model-00002-of-00002.safetensors", "missing")


def test_config_that_does_not_fit(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "intermediate_size": 48}))
    with pytest.raises(StageError) as raised:
        models.load_full(checkpoint.inspect(model, "models/x"))
    assert raised.value.reason == "ShapeMismatch"
    assert "[32, 64]" in raised.value.message
    assert "[32, 48]" in raised.value.message
    (model / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(StageError, match=r"lack model\.layers\.2") as raised:
        models.load_full(checkpoint.inspect(model, "models/x"))
    assert raised.value.reason == "ModelInvalid"
    (model / "config.json").write_text(json.dumps({**config, "model_type": "unheard"}))
    with pytest.raises(StageError) as raised:
        models.load_full(checkpoint.inspect(model, "models/x"))
    assert raised.value.reason == "ModelInvalid"


def test_remote_code_is_refused(model: Path) -> None:
    config = json.loads((model / "config.json").read_text())
    config |= {"model_type": "custom", "auto_map": {"AutoConfig": "c.C", "AutoModelForCausalLM": "m.M"}}
    (model / "config.json").write_text(json.dumps(config))
    (model / "c.py").write_text("raise SystemExit('ran')")
    with pytest.raises(StageError) as raised:
        models.load_full(checkpoint.inspect(model, "models/x"))
    assert raised.value.reason == "UnsafeFormat"


def test_a_tokenizer_that_is_missing(model: Path) -> None:
    (model / "tokenizer.json").unlink()
    (model / "tokenizer_config.json").unlink()
    with pytest.raises(StageError, match="tokenizer") as raised:
        models.load_tokenizer(model, "models/x")
    assert raised.value.reason == "ModelInvalid"


def test_adapter_of_another_base(seeded: Path, lora: Ended, tmp_path: Path) -> None:
    from paft_train.prepare import toymodel

    other = tmp_path / "other"
    toymodel.save(other, toymodel.Size(64, 64, 2, 1, batch=2))
    adapter = checkpoint.inspect(lora.output / "model", "the output of stage sft")
    assert adapter.adapter
    checkpoint.check_adapter(adapter, checkpoint.inspect(seeded / "models/tiny", "models/tiny"))
    with pytest.raises(StageError) as raised:
        checkpoint.check_adapter(adapter, checkpoint.inspect(other, "models/other"))
    assert raised.value.reason == "ShapeMismatch"
    assert "lora_" in raised.value.message
    assert "models/other" in raised.value.message


@pytest.mark.parametrize(("name", "reason", "code"), [("none", "ModelNotFound", 65), ("data", "ModelNotFound", 65)])
def test_reasons_reach_the_termination_message(workspace: Workspace, name: str, reason: str, code: int) -> None:
    document = quick(fixture("sft"))
    document["inputs"]["baseModel"] = {"uri": name, "path": name}
    ended = workspace.run(document, "0e")
    assert (ended.code, ended.message["reason"]) == (code, reason)


def test_an_input_whose_output_was_removed(workspace: Workspace) -> None:
    document = quick(fixture("sequential"))
    ended = workspace.run(document, "0d")
    assert ended.message["reason"] == "ModelNotFound"
    assert "Set rerun" in ended.message["message"]
