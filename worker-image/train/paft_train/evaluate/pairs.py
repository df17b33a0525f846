"""Preference accuracy without a judge: does the model find the chosen answer more likely than the rejected one?"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from paft_train.data import Dataset, Row
from paft_train.evaluate.results import mean_and_stderr


@dataclass(frozen=True)
class Scored:
    """Sum of log-probabilities (nats) of an answer given its prompt, and its number of tokens."""

    logp: float
    tokens: int


def evaluate(
    model: Any, tokenizer: Any, dataset: Dataset, batch_size: int, heard: Callable[[int, int], None]
) -> tuple[dict[str, Any], list[Row]]:
    """Summary for results.json and one row per pair.

    A pair counts 1 when logp(chosen | prompt) > logp(rejected | prompt), 0.5 when they are equal, else 0. The
    length-normalised figures compare log-probabilities per token. `heard` gets the number of scored answers and of all.
    """
    encoded = []
    for row in dataset.rows:
        encoded += [encode(tokenizer, row, dataset, "chosen"), encode(tokenizer, row, dataset, "rejected")]
    scores = score(model, encoded, batch_size, heard)
    rows = [pair_row(index, row, scores[2 * index], scores[2 * index + 1]) for index, row in enumerate(dataset.rows)]
    return summary(rows), rows


def pair_row(index: int, row: Row, chosen: Scored, rejected: Scored) -> Row:
    """The result of one pair; `hash` identifies its content."""
    content = json.dumps(row, sort_keys=True, ensure_ascii=False).encode()
    return {
        "pair": index,
        "hash": hashlib.sha256(content).hexdigest(),
        "chosen_logp": chosen.logp,
        "rejected_logp": rejected.logp,
        "chosen_tokens": chosen.tokens,
        "rejected_tokens": rejected.tokens,
        "correct": ranked(chosen.logp, rejected.logp),
        "correct_normalised": ranked(chosen.logp / chosen.tokens, rejected.logp / rejected.tokens),
    }


def ranked(chosen: float, rejected: float) -> float:
    """1 when the chosen answer is the more likely one, 0.5 for a tie, else 0."""
    return 1.0 if chosen > rejected else 0.5 if chosen == rejected else 0.0


def summary(rows: list[Row]) -> dict[str, Any]:
    """Accuracy with its standard error, summed and length-normalised, and the mean margin in nats."""
    accuracy, stderr = mean_and_stderr([row["correct"] for row in rows])
    normalised, normalised_stderr = mean_and_stderr([row["correct_normalised"] for row in rows])
    margin, _ = mean_and_stderr([row["chosen_logp"] - row["rejected_logp"] for row in rows])
    return {
        "accuracy": accuracy,
        "stderr": stderr,
        "n": len(rows),
        "lengthNormalisedAccuracy": normalised,
        "lengthNormalisedStderr": normalised_stderr,
        "meanMargin": margin,
        "ties": sum(row["correct"] == 0.5 for row in rows),
    }


def encode(tokenizer: Any, row: Row, dataset: Dataset, side: str) -> tuple[list[int], list[int]]:
    """Token ids of prompt and answer, tokenised like TRL does it for DPO: the answer ends in the end token."""
    if dataset.conversational:
        prompt, answer = split_conversation(row, side)
        before = _template(tokenizer, prompt, generate=True)
        whole = _template(tokenizer, prompt + answer, generate=False)
    else:
        text = row[side]
        if tokenizer.eos_token and not text.endswith(tokenizer.eos_token):
            text += tokenizer.eos_token
        before = tokenizer(row["prompt"])["input_ids"]
        whole = tokenizer(row["prompt"] + text)["input_ids"]
    return whole[: len(before)], whole[len(before) :]


def split_conversation(row: Row, side: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Prompt and answer messages; without a `prompt` column it is what both conversations have in common."""
    if "prompt" in row:
        return row["prompt"], row[side]
    common = 0
    for left, right in zip(row["chosen"], row["rejected"], strict=False):
        if left != right:
            break
        common += 1
    common = min(common, len(row["chosen"]) - 1, len(row["rejected"]) - 1)
    return row[side][:common], row[side][common:]


@torch.no_grad()
def score(
    model: Any, encoded: list[tuple[list[int], list[int]]], batch_size: int, heard: Callable[[int, int], None]
) -> list[Scored]:
    """Summed log-probability of each answer. Sequences longer than the model's context lose tokens in front."""
    longest = getattr(model.config, "max_position_embeddings", None) or 1 << 30
    order = sorted(range(len(encoded)), key=lambda index: -len(encoded[index][0]) - len(encoded[index][1]))
    found: dict[int, Scored] = {}
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        rows = [(encoded[i][0] + encoded[i][1])[-longest:] for i in chosen]
        width = max(len(row) for row in rows)
        ids = torch.zeros((len(rows), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for line, row in enumerate(rows):
            ids[line, : len(row)] = torch.tensor(row)
            mask[line, : len(row)] = 1
        there = ids.to(model.device)
        logits = model(input_ids=there, attention_mask=mask.to(model.device)).logits.float()
        # One value per token leaves the device, not one per word of the vocabulary.
        every = torch.log_softmax(logits[:, :-1], dim=-1)
        logps = every.gather(-1, there[:, 1:, None].to(every.device)).squeeze(-1).cpu()
        for line, (index, row) in enumerate(zip(chosen, rows, strict=True)):
            count = min(len(encoded[index][1]), len(row) - 1)
            where = torch.arange(len(row) - count, len(row))
            values = logps[line, where - 1]
            found[index] = Scored(float(values.double().sum()), max(count, 1))
        heard(len(found), len(encoded))
    return [found[index] for index in range(len(encoded))]


def _template(tokenizer: Any, messages: list[dict[str, str]], *, generate: bool) -> list[int]:
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=generate, tokenize=True, return_dict=False)
    return list(ids)
