"""The toy base model: a small Llama and its tokenizer, pre-trained from nothing in a plain training loop."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from paft_train import log
from paft_train.prepare import toy


@dataclass(frozen=True)
class Size:
    """Shape of the model and length of its pre-training."""

    hidden: int
    intermediate: int
    layers: int
    steps: int
    batch: int = 64
    learning_rate: float = 2e-3
    warmup: float = 0.05


SIZES: Final = {"tiny": Size(128, 256, 4, 2500), "mini": Size(64, 128, 2, 400)}


def tokenizer() -> PreTrainedTokenizerFast:
    """One token per character; `<bos>` is put in front of every text, `<eos>` is not added."""
    vocabulary = {symbol: index for index, symbol in enumerate(toy.SYMBOLS)}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))  # noqa: S106
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), behavior="isolated")
    inner.decoder = decoders.Fuse()
    inner.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A $B", special_tokens=[("<bos>", vocabulary["<bos>"])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",  # noqa: S106
        bos_token="<bos>",  # noqa: S106
        eos_token="<eos>",  # noqa: S106
        model_max_length=64,
        clean_up_tokenization_spaces=False,
    )


def pretrain(size: Size, encode: Any) -> LlamaForCausalLM:
    """Train on tasks 1, 2 and 4 (never 3). Deterministic on a CPU: initial weights from seed 0, data from seed 0.

    AdamW, weight decay 0.01, gradient clip 1.0; the rate of step s of S is
    lr * min(1, (s + 1) / (w S + 1)) * (1 + cos(pi s / S)) / 2.
    """
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(toy.SYMBOLS),
            hidden_size=size.hidden,
            intermediate_size=size.intermediate,
            num_hidden_layers=size.layers,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=64,
            tie_word_embeddings=False,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=size.learning_rate, weight_decay=0.01)
    rng = Random(0)
    start = time.monotonic()
    for step in range(size.steps):
        rate = min(1.0, (step + 1) / (size.warmup * size.steps + 1)) * 0.5 * (1 + math.cos(math.pi * step / size.steps))
        for group in optimizer.param_groups:
            group["lr"] = size.learning_rate * rate
        rows = [toy.example(rng, toy.PRETRAINING_TASKS) for _ in range(size.batch)]
        loss = model(**_batch(rows, encode)).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % max(1, size.steps // 25) == 0:
            left = (time.monotonic() - start) / (step + 1) * (size.steps - step - 1)
            log.event(f"pre-training: step {step + 1}/{size.steps} loss {loss.item():.4f} eta {log.duration(left)}")
    return model.eval()


def _batch(rows: list[dict[str, str]], encode: Any) -> dict[str, torch.Tensor]:
    """Padded token ids; the loss is on the completion and <eos> only."""
    prompts = [encode(row["prompt"])["input_ids"] for row in rows]
    whole = [encode(row["prompt"] + row["completion"] + "<eos>")["input_ids"] for row in rows]
    width = max(len(ids) for ids in whole)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for index, (prompt, tokens) in enumerate(zip(prompts, whole, strict=True)):
        ids[index, : len(tokens)] = torch.tensor(tokens)
        mask[index, : len(tokens)] = 1
        labels[index, len(prompt) : len(tokens)] = ids[index, len(prompt) : len(tokens)]
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def save(directory: Path, size: Size) -> None:
    """Pre-train and write the checkpoint."""
    encode = tokenizer()
    model = pretrain(size, encode)
    model.save_pretrained(directory)
    encode.save_pretrained(directory)
