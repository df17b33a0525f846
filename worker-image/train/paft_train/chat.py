"""Checks that need both the data and the tokenizer."""

from typing import Any

from paft_train.data import Dataset
from paft_train.errors import StageError


def require_template(dataset: Dataset, tokenizer: Any, name: str) -> None:
    """Raise InvalidParameter when conversations meet a tokenizer that has no chat template."""
    if dataset.conversational and not getattr(tokenizer, "chat_template", None):
        raise StageError(
            "InvalidParameter",
            f"{name} holds conversations, but the base model's tokenizer has no chat template. Use a base "
            "model with one, or data with prompt and completion as text.",
        )
