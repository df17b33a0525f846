from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Workspace, fixture, quick

from paft_train import l1
from paft_train.errors import StageError


def test_norm_and_gradient_of_a_factored_delta() -> None:
    """Against autograd on the product itself."""
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(3, 5, generator=generator, requires_grad=True)
    b = torch.randn(4, 3, generator=generator, requires_grad=True)
    norm = l1.lora_norm([(a, b, 2.0), (a, b, 0.5)])
    got = torch.autograd.grad(norm, (a, b))
    plain = (2.0 * (b @ a)).abs().sum() + (0.5 * (b @ a)).abs().sum()
    want = torch.autograd.grad(plain, (a, b))
    assert float(norm) == pytest.approx(float(plain))
    for left, right in zip(got, want, strict=True):
        torch.testing.assert_close(left, right)


def test_norm_of_full_weights_by_hand() -> None:
    layer = torch.nn.Linear(2, 1, bias=False)
    pairs = l1.frozen_copy(layer)
    with torch.no_grad():
        layer.weight += torch.tensor([[0.5, -0.25]])
    norm = l1.full_norm(pairs)
    norm.backward()
    assert float(norm) == pytest.approx(0.75)
    assert layer.weight.grad is not None
    assert layer.weight.grad.tolist() == [[1.0, -1.0]]


def test_summary_counts_what_is_near_zero() -> None:
    found = l1.summary(iter([torch.tensor([0.0, 1e-5, -2e-5]), torch.tensor([-1.0])]))
    assert found["delta_elements"] == 4
    assert found["delta_share_near_zero"] == 0.5
    assert found["l1_delta"] == pytest.approx(1.00003)


def trainer(root: Path, work: Path, lora: bool, accumulation: int, strength: float) -> Any:
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import set_seed
    from trl import SFTConfig

    from paft_train import checkpoint, models, sft

    found = checkpoint.inspect(root / "models/tiny", "tiny")
    args = SFTConfig(
        output_dir=str(work),
        per_device_train_batch_size=4 // accumulation,
        gradient_accumulation_steps=accumulation,
        max_steps=1,
        logging_steps=1,
        learning_rate=0.0,
        bf16=False,
        use_cpu=True,
        report_to="none",
        save_strategy="no",
        gradient_checkpointing=False,
        disable_tqdm=True,
        max_grad_norm=0.0,
    )
    set_seed(3)
    built = sft.PenalisedSFTTrainer(
        model=models.load_full(found),
        args=args,
        train_dataset=Dataset.from_list(
            [{"prompt": f"1{word}>", "completion": word + "."} for word in ("abc", "bca", "aab", "cca")]
        ),
        processing_class=models.load_tokenizer(found.path, "tiny"),
        peft_config=LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", task_type="CAUSAL_LM") if lora else None,
        l1_lambda=strength,
    )
    with torch.no_grad():
        for index, parameter in enumerate(p for p in built.model.parameters() if p.requires_grad):
            generator = torch.Generator().manual_seed(index)
            parameter += 0.01 * torch.randn(parameter.shape, generator=generator)
    return built


def gradients(built: Any) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []

    def keep(optimizer: Any, *_: Any) -> None:
        found.extend(p.grad.clone() for group in optimizer.param_groups for p in group["params"] if p.grad is not None)

    built.create_optimizer_and_scheduler(1)
    built.optimizer.register_step_pre_hook(keep)
    built.train()
    return found


@pytest.mark.parametrize("lora", [True, False])
@pytest.mark.parametrize("accumulation", [1, 2, 4])
def test_penalty_is_added_once_per_step(seeded: Path, tmp_path: Path, lora: bool, accumulation: int) -> None:
    """The gradient with the penalty minus that without is lambda * d|delta|_1, however many micro-batches there are."""
    strength = 0.01
    without = trainer(seeded, tmp_path, lora, accumulation, 0.0)
    plain = gradients(without)
    penalised = trainer(seeded, tmp_path, lora, accumulation, strength)
    norm = penalised.l1_norm()
    parameters = [p for p in penalised.model.parameters() if p.requires_grad]
    expected = torch.autograd.grad(norm, parameters)
    got = gradients(penalised)
    total = sum(float((g - q).double().abs().sum()) for g, q in zip(got, plain, strict=True))
    wanted = sum(float((strength * e).double().abs().sum()) for e in expected)
    assert total == pytest.approx(wanted, rel=1e-3)
    row = penalised.state.log_history[0]
    assert row["l1_delta"] == pytest.approx(float(norm), rel=1e-5)
    assert row["l1_penalty"] == pytest.approx(strength * float(norm), rel=1e-5)
    assert row["task_loss"] == pytest.approx(without.state.log_history[0]["loss"], rel=1e-5)
    assert row["loss"] == pytest.approx(row["task_loss"] + row["l1_penalty"], rel=1e-5)


def adapted(*modules: str) -> Any:
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    torch.manual_seed(0)
    asked = LoraConfig(r=2, lora_alpha=3, target_modules=list(modules), init_lora_weights=False)
    return get_peft_model(LlamaForCausalLM(config), asked)


def test_embeddings_cannot_be_penalised() -> None:
    with pytest.raises(StageError, match="linear layers only"):
        l1.lora_factors(adapted("embed_tokens"))


def test_the_summary_has_what_an_embedding_was_changed_by() -> None:
    model = adapted("q_proj", "embed_tokens")
    layers = model.base_model.model.model
    deltas = [
        layers.embed_tokens.get_delta_weight("default"),
        layers.layers[0].self_attn.q_proj.get_delta_weight("default"),
    ]
    found = l1.summary(l1.lora_deltas(l1.readable_factors(model)))
    assert found["l1_delta"] == pytest.approx(sum(float(delta.abs().sum()) for delta in deltas))
    assert found["delta_elements"] == 128


def test_what_is_no_product_of_two_matrices_is_not_in_the_summary() -> None:
    from peft import LoraConfig, get_peft_model

    net = torch.nn.Sequential()
    net.add_module("conv", torch.nn.Conv2d(2, 2, 3))
    net.add_module("line", torch.nn.Linear(4, 4))
    assert len(l1.readable_factors(get_peft_model(net, LoraConfig(r=2, target_modules=["conv", "line"])))) == 1


def test_embeddings_are_adapted_where_nothing_is_penalised(workspace: Workspace) -> None:
    document = quick(fixture("sft"))
    document["parameters"]["tuning"] = {"type": "LoRA", "r": 2, "targetModules": ["q_proj", "embed_tokens"]}
    penalised = workspace.run(document, "b7")
    assert (penalised.code, penalised.message["reason"]) == (78, "InvalidParameter")
    assert "linear layers only" in penalised.message["message"]
    assert "step 1/4" not in penalised.log
    del document["parameters"]["sparsity"]
    ended = workspace.run(document, "b8")
    assert ended.code == 0, ended.message
    assert ended.message["metrics"]["l1_delta"] > 0
