"""Greedy answers to a few prompts, for people to compare."""

from collections.abc import Callable
from typing import Any, Final

import torch

MAX_NEW_TOKENS: Final = 128


@torch.no_grad()
def answers(model: Any, tokenizer: Any, prompts: list[str], heard: Callable[[int, int], None]) -> list[dict[str, Any]]:
    """One answer per prompt: greedy, at most 128 new tokens, as a chat when the tokenizer has a template.

    `heard` gets the number of answered prompts and of all.
    """
    longest = getattr(model.config, "max_position_embeddings", None) or 1 << 30
    template = bool(getattr(tokenizer, "chat_template", None))
    rows = []
    for prompt in prompts:
        if template:
            message = [{"role": "user", "content": prompt}]
            ids = list(
                tokenizer.apply_chat_template(message, add_generation_prompt=True, tokenize=True, return_dict=False)
            )
        else:
            ids = list(tokenizer(prompt)["input_ids"])
        ids = ids[-max(1, longest - MAX_NEW_TOKENS, longest // 2) :]
        inputs = torch.tensor([ids], device=model.device)
        output = model.generate(
            input_ids=inputs,
            attention_mask=torch.ones_like(inputs),
            do_sample=False,
            max_new_tokens=min(MAX_NEW_TOKENS, longest - len(ids)),
            pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
        )
        new = output[0, len(ids) :]
        text = tokenizer.decode(new, skip_special_tokens=True)
        rows.append({"prompt": prompt, "response": text, "tokens": len(new), "chatTemplate": template})
        heard(len(rows), len(prompts))
    return rows
