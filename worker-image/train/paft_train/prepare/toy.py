"""The toy language: short words, four things to do with them, and an end mark that a preference can be about.

`3abc>` asks to do task 3 (reverse) with the word abc; `cba.` or `cba!` answers. Pure functions of a random generator.

Tasks: 1 copy, 2 upper case, 3 reverse, 4 next letter (p -> a).
"""

from collections.abc import Sequence
from random import Random
from typing import Final

LETTERS: Final = "abcdefghijklmnop"
SYMBOLS: Final = ("<pad>", "<bos>", "<eos>", *LETTERS, *LETTERS.upper(), "1", "2", "3", "4", ">", ".", "!")
"""The vocabulary; a token's id is its index."""

PRETRAINING_TASKS: Final = (1, 2, 4)
SFT_TASKS: Final = (3, 3, 3, 1, 2, 4)
PREFERENCE_TASKS: Final = (1, 2)
ALL_TASKS: Final = (1, 2, 3, 4)


def answer(task: int, word: str) -> str:
    """The right answer, without an end mark."""
    match task:
        case 1:
            return word
        case 2:
            return word.upper()
        case 3:
            return word[::-1]
        case 4:
            return "".join(LETTERS[(LETTERS.index(letter) + 1) % len(LETTERS)] for letter in word)
    raise ValueError(f"no task {task}")


def word(rng: Random, length: int | None = None) -> str:
    """A word of 3 to 6 letters, or of the given length."""
    return "".join(rng.choice(LETTERS) for _ in range(length or rng.randint(3, 6)))


def example(rng: Random, tasks: Sequence[int]) -> dict[str, str]:
    """A prompt with its completion, which ends in a random end mark."""
    task, letters = rng.choice(tasks), word(rng)
    return {"prompt": f"{task}{letters}>", "completion": answer(task, letters) + rng.choice(".!")}


def pair(rng: Random, tasks: Sequence[int]) -> dict[str, str]:
    """A prompt with a chosen answer (ends in a full stop) and a rejected one (the same, with an exclamation mark)."""
    task, letters = rng.choice(tasks), word(rng)
    right = answer(task, letters)
    return {"prompt": f"{task}{letters}>", "chosen": right + ".", "rejected": right + "!"}


def questions(seed: int, per_task: int) -> list[dict[str, str]]:
    """Evaluation prompts with their answers: tasks take turns, so that any first part of the list is balanced.

    Lengths 3, 4, 5, 6 are equally frequent. The words of task t come from the seed 1000 + seed + t.
    """
    generators = {task: Random(1000 + seed + task) for task in ALL_TASKS}
    rows = []
    for index in range(per_task):
        for task, rng in generators.items():
            letters = word(rng, 3 + index % 4)
            rows.append({"prompt": f"{task}{letters}>", "answer": answer(task, letters)})
    return rows
