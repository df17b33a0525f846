import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Ended, Workspace, fixture, flip_a_bit, quick
from safetensors.torch import load_file

from paft_train import files

PICKLES = {".bin", ".pt", ".pth", ".pkl"}


def rows(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ended.output / "log.jsonl").read_text().splitlines()]


def names(ended: Ended) -> set[str]:
    return {item["path"] for item in ended.manifest["files"]}


def weights(ended: Ended) -> dict[str, torch.Tensor]:
    return load_file(ended.output / "model/model.safetensors")


def test_lora_fixture(lora: Ended, seeded: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    assert lora.code == 0
    assert lora.message["metrics"]["steps"] == 4
    assert {
        "model/adapter_config.json",
        "model/adapter_model.safetensors",
        "model/tokenizer.json",
        "log.jsonl",
    } <= names(lora)
    assert not {Path(name).suffix for name in names(lora)} & PICKLES
    config = json.loads((lora.output / "model/adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "models/tiny"
    assert str(seeded) not in (lora.output / "model/adapter_config.json").read_text()
    model = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(seeded / "models/tiny"), lora.output / "model"
    )
    assert AutoTokenizer.from_pretrained(lora.output / "model")("3abc>")["input_ids"][0] == 1
    assert model.peft_config["default"].r == 16
    resolved = lora.manifest["resolved"]
    assert resolved["hyperparameters"]["seed"] == 11
    assert resolved["hyperparameters"]["maxLength"] == 1024
    assert resolved["hyperparameters"]["bf16"] is False
    assert resolved["hyperparameters"]["gradientCheckpointing"] is False
    assert resolved["extraArgs"] == {"adam_beta2": 0.98}
    assert resolved["sparsity"] == {"l1": {"lambda": 1e-06}}
    assert resolved["device"] == ("cuda" if torch.cuda.is_available() else "cpu")
    assert lora.manifest["inputs"]["dataset"]["digest"].startswith("sha256:")
    assert lora.manifest["inputs"]["baseModel"]["digest"].startswith("sha256:")


def test_log_has_one_row_per_logged_step_with_the_penalty_apart(lora: Ended) -> None:
    logged = rows(lora)
    assert [row["step"] for row in logged] == [2, 4]
    for row in logged:
        assert row["l1_penalty"] == pytest.approx(1e-6 * row["l1_delta"])
        assert row["loss"] == pytest.approx(row["task_loss"] + row["l1_penalty"], abs=1e-5)
    assert {"l1_delta", "l1_penalty", "delta_share_near_zero", "final_task_loss"} <= set(lora.message["metrics"])


def test_full_fixture_loads_and_its_delta_is_what_is_reported(full: Ended, seeded: Path) -> None:
    from transformers import AutoModelForCausalLM

    assert full.code == 0
    AutoModelForCausalLM.from_pretrained(full.output / "model")
    base, trained = load_file(seeded / "models/tiny/model.safetensors"), weights(full)
    assert base.keys() == trained.keys()
    norm = sum(float((trained[name] - base[name]).double().abs().sum()) for name in base)
    assert full.message["metrics"]["l1_delta"] == pytest.approx(norm, rel=1e-4)
    raw = (full.output / "model/config.json").read_text()
    assert str(seeded) not in raw
    assert json.loads(raw)["use_cache"] is True
    assert "local_files_only" not in (full.output / "model/tokenizer_config.json").read_text()
    assert (full.output / "model/model.safetensors").stat().st_mode & 0o444 == 0o444


def test_same_seed_same_weights(workspace: Workspace, full: Ended) -> None:
    document = quick(fixture("sft"))
    document["parameters"]["tuning"] = {"type": "Full"}
    again = workspace.run(document, "b2")
    assert weights(again).keys() == weights(full).keys()
    assert all(torch.equal(weights(again)[name], tensor) for name, tensor in weights(full).items())
    document["parameters"]["hyperparameters"]["seed"] = 12
    other = workspace.run(document, "b3")
    assert not all(torch.equal(weights(other)[name], tensor) for name, tensor in weights(full).items())


def test_progress_is_one_plain_line_per_event(workspace: Workspace) -> None:
    ended = workspace.run(quick(fixture("sft")), "b4")
    lines = ended.log.strip().splitlines()
    assert all(line.startswith("[") for line in lines)
    assert any("step 2/4 loss" in line and "eta" in line for line in lines)


@pytest.mark.parametrize("tuning", ["Full", "LoRA"])
def test_dpo(workspace: Workspace, tuning: str) -> None:
    document = quick(fixture("preference"))
    document["parameters"]["tuning"] = {"type": tuning}
    ended = workspace.run(document, "c1" if tuning == "Full" else "c2")
    assert ended.code == 0, ended.message
    assert ("model/adapter_model.safetensors" in names(ended)) == (tuning == "LoRA")
    first = rows(ended)[0]
    assert first["loss"] == pytest.approx(0.6931, abs=0.02)
    assert ended.manifest["resolved"]["algorithm"] == "DPO"
    assert ended.manifest["resolved"]["start"] == "baseModel"


@pytest.mark.parametrize("tuning", ["Full", "LoRA"])
def test_orpo(workspace: Workspace, tuning: str) -> None:
    document = quick(fixture("preference"))
    document["parameters"] |= {"algorithm": "ORPO", "tuning": {"type": tuning}}
    ended = workspace.run(document, "c3" if tuning == "Full" else "c4")
    assert ended.code == 0, ended.message
    assert ("model/adapter_model.safetensors" in names(ended)) == (tuning == "LoRA")
    assert ended.manifest["resolved"]["beta"] == 0.1


def sequential(workspace: Workspace, initial: Ended, tuning: str, key: str) -> Ended:
    document = quick(fixture("sequential"), learningRate=0.0)
    document["inputs"]["initial"] = workspace.stage_input("sft", initial)
    document["parameters"]["tuning"] = {"type": tuning}
    return workspace.run(document, key)


@pytest.mark.parametrize("tuning", ["Full", "LoRA"])
def test_sequential_starts_from_the_sft_model(
    workspace: Workspace, full: Ended, lora: Ended, seeded: Path, tuning: str
) -> None:
    """With a learning rate of 0 the output is exactly the model that the stage started from."""
    ended = sequential(workspace, full, tuning, "c5" if tuning == "Full" else "c6")
    assert ended.code == 0, ended.message
    start = weights(full)
    assert all(torch.allclose(tensor, start[name], atol=1e-6) for name, tensor in weights(ended).items())
    merged = sequential(workspace, lora, tuning, "c7" if tuning == "Full" else "c8")
    assert merged.code == 0, merged.message
    base = load_file(seeded / "models/tiny/model.safetensors")
    adapter = load_file(lora.output / "model/adapter_model.safetensors")
    module = "model.layers.0.self_attn.q_proj"
    a, b = (adapter[f"base_model.model.{module}.lora_{side}.weight"] for side in "AB")
    expected = base[f"{module}.weight"] + 32 / 16 * (b @ a)
    torch.testing.assert_close(weights(merged)[f"{module}.weight"], expected, atol=1e-6, rtol=1e-5)
    assert merged.manifest["resolved"]["start"] == "initial"


def test_a_model_that_was_damaged_since_is_not_trained_on(workspace: Workspace, full: Ended, seeded: Path) -> None:
    name = "e7" * 32
    damaged = seeded / "sft" / name
    shutil.copytree(full.output, damaged)
    flip_a_bit(damaged)
    document = quick(fixture("sequential"))
    document["inputs"]["initial"] = {"stage": "sft", "key": name, "path": f"sft/{name}"}
    ended = workspace.run(document, "e9")
    assert (ended.code, ended.message["reason"]) == (65, "ModelInvalid")
    assert "the output of stage sft is damaged (model/model.safetensors has another sha256" in ended.message["message"]


FAULTS = [
    ({"extraArgs": {"adam_beta3": 1}}, "UnknownArgument", 78, "adam_beta2"),
    ({"extraArgs": {"learning_rate": 1}}, "UnknownArgument", 78, "hyperparameters.learningRate"),
    ({"extraArgs": {"loss_type": "nonsense"}}, "InvalidParameter", 78, "loss_type"),
    ({"hyperparameters": {"lrSchedulerType": "spiral"}}, "InvalidParameter", 78, "spiral"),
    (
        {"hyperparameters": {"learningRate": 1e30, "maxSteps": 6, "loggingSteps": 1}},
        "InvalidParameter",
        78,
        "learningRate",
    ),
    ({"hyperparameters": {"maxLength": 2, "maxSteps": 1}}, "InvalidParameter", 78, "maxLength"),
    ({"tuning": {"type": "LoRA", "targetModules": ["nothing"]}}, "InvalidParameter", 78, "nothing"),
    ({"tuning": {"type": "Magic"}}, "InvalidParameter", 78, "LoRA or Full"),
]


@pytest.mark.parametrize(("change", "reason", "code", "part"), FAULTS)
def test_faults_of_configuration(workspace: Workspace, change: Any, reason: str, code: int, part: str) -> None:
    document = quick(fixture("sft"))
    document["parameters"] |= change
    ended = workspace.run(document, "0a")
    assert (ended.code, ended.message["reason"]) == (code, reason), ended.message
    assert part in ended.message["message"]
    assert not ended.output.exists()
    # What a training that has begun leaves is only for the same training; this test has one key for all.
    work = ended.output.with_name(ended.output.name + ".work")
    assert work.exists() == (change.get("hyperparameters", {}).get("learningRate") == 1e30)
    shutil.rmtree(work, ignore_errors=True)


def test_unknown_algorithm(workspace: Workspace) -> None:
    document = quick(fixture("preference"))
    document["parameters"]["algorithm"] = "PPO"
    assert workspace.run(document, "0b").message["reason"] == "InvalidParameter"


def test_conversations_without_a_template(workspace: Workspace, seeded: Path) -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    (seeded / "data/chat.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    document = quick(fixture("sft"))
    document["inputs"]["dataset"] = {"uri": "data/chat.jsonl", "path": "data/chat.jsonl"}
    ended = workspace.run(document, "0c")
    assert ended.message["reason"] == "InvalidParameter"
    assert "chat template" in ended.message["message"]


def test_a_model_from_a_fetch_stage_is_named_by_its_uri(workspace: Workspace, seeded: Path) -> None:
    uri = fixture("fetch-model")["parameters"]["uri"]
    fetched = seeded / "fetch" / ("f" * 64)
    shutil.copytree(seeded / "models/tiny", fetched / "content", dirs_exist_ok=True)
    listed = [asdict(entry) for entry in files.entries(fetched)]
    (fetched / "manifest.json").write_text(json.dumps({"parameters": {"uri": uri}, "files": listed}))
    document = quick(fixture("sft"), maxSteps=1)
    document["inputs"]["baseModel"] = {"stage": "fetch-model", "key": "f" * 64, "path": f"fetch/{'f' * 64}"}
    ended = workspace.run(document, "b5")
    assert ended.code == 0, ended.message
    config = json.loads((ended.output / "model/adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == uri
    assert "digest" not in ended.manifest["inputs"]["baseModel"]


def test_a_loss_that_is_no_number_is_no_success_though_no_log_has_it(workspace: Workspace) -> None:
    document = quick(fixture("sft"), learningRate=1e30, loggingSteps=100)
    ended = workspace.run(document, "ea")
    assert (ended.code, ended.message["reason"]) == (78, "InvalidParameter"), ended.message
    assert "the loss is not a number at one of the last steps" in ended.message["message"]
    assert not ended.output.exists()


def test_rows_whose_prompt_leaves_no_room_are_counted_and_told(workspace: Workspace, seeded: Path) -> None:
    there = (seeded / "data/tiny/preference.jsonl").read_text().splitlines()[:8]
    long = {"prompt": "3" + "abc" * 8 + ">", "chosen": "abc.", "rejected": "abc!"}
    (seeded / "data/overlong.jsonl").write_text("\n".join([*there, json.dumps(long)]) + "\n")
    document = quick(fixture("preference"), maxLength=24, maxSteps=1)
    document["inputs"]["dataset"] = {"uri": "data/overlong.jsonl", "path": "data/overlong.jsonl"}
    ended = workspace.run(document, "c9")
    assert ended.code == 0, ended.message
    dataset = ended.manifest["resolved"]["dataset"]
    assert (dataset["rows"], dataset["rowsTrained"]) == (9, 8)
    assert "1 of 9 rows left out" in ended.log


def test_nobody_knows_how_many_rows_are_in_packed_ones(workspace: Workspace, lora: Ended) -> None:
    assert lora.manifest["resolved"]["dataset"] == {
        "format": "prompt+completion (text)",
        "rows": 64,
        "rowsTrained": 64,
    }
    document = quick(fixture("sft"), maxSteps=1)
    document["parameters"]["extraArgs"] = {"packing": True}
    ended = workspace.run(document, "ca")
    assert ended.code == 0, ended.message
    assert "rowsTrained" not in ended.manifest["resolved"]["dataset"]
    assert "left out" not in ended.log
