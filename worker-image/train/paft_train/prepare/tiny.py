"""The demonstration `tiny`: an alignment tax and its recovery, reproduced on one CPU core in minutes.

The base model knows tasks 1, 2 and 4 of the toy language. SFT teaches task 3 (reverse). The preference is about style:
answers shall end in a full stop. Trained one after the other, the preference damages what SFT taught.
"""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from paft_train import files
from paft_train.prepare import toy, toymodel, workspace


@dataclass(frozen=True)
class Counts:
    """Rows for SFT, preference pairs, held-out pairs, and evaluation prompts per task of the toy language."""

    sft: int
    preference: int
    heldout: int
    prompts: int


COUNTS: Final = {"tiny": Counts(32_000, 4_800, 200, 200), "mini": Counts(512, 256, 32, 10)}

_SKILL = """\
# Share of right answers over the four tasks of the toy language; the end mark does not count.
task: {name}_skill
dataset_path: json
dataset_kwargs:
  data_files:
    test: skill.jsonl
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{answer}}}}"
target_delimiter: ""
generation_kwargs:
  until: [".", "!"]
  do_sample: false
  max_gen_toks: 10
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""

_STYLE = """\
# Share of answers that end in a full stop, whatever the answer is.
task: {name}_style
dataset_path: json
dataset_kwargs:
  data_files:
    test: style.jsonl
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "."
target_delimiter: ""
generation_kwargs:
  until: ["<eos>"]
  do_sample: false
  max_gen_toks: 10
filter_list:
  - name: end_mark
    filter:
      - function: regex
        regex_pattern: "([.!])$"
        fallback: "none"
      - function: take_first
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""


def prepare(root: Path, size: str, seed: int) -> None:
    """Write models/<size>, data/<size> and tasks/<size> into a workspace; done at once when they are there.

    Args:
        root: the workspace.
        size: `tiny` (667,264 parameters, minutes) or `mini` (88,000 parameters, seconds).
        seed: SFT data come from it, preference data from the next one, evaluation prompts from 1000 more.
    """
    workspace.install(
        root,
        size,
        {"size": size, "seed": seed},
        {
            f"models/{size}": lambda directory: toymodel.save(directory, toymodel.SIZES[size]),
            f"data/{size}": lambda directory: write_data(directory, COUNTS[size], seed),
            f"tasks/{size}": lambda directory: write_tasks(directory, size, COUNTS[size].prompts, seed),
        },
    )


def write_data(directory: Path, counts: Counts, seed: int) -> None:
    """sft.jsonl, preference.jsonl and preference-heldout.jsonl."""
    rng = Random(seed)
    files.write_jsonl(directory / "sft.jsonl", (toy.example(rng, toy.SFT_TASKS) for _ in range(counts.sft)))
    rng = Random(seed + 1)
    pairs = (toy.pair(rng, toy.PREFERENCE_TASKS) for _ in range(counts.preference))
    files.write_jsonl(directory / "preference.jsonl", pairs)
    rng = Random(seed + 2000)
    heldout = (toy.pair(rng, toy.ALL_TASKS) for _ in range(counts.heldout))
    files.write_jsonl(directory / "preference-heldout.jsonl", heldout)


def write_tasks(directory: Path, name: str, per_task: int, seed: int) -> None:
    """The lm-eval tasks <name>_skill (all prompts) and <name>_style (a quarter of them), with their data."""
    questions = toy.questions(seed, per_task)
    files.write_jsonl(directory / "skill.jsonl", questions)
    files.write_jsonl(directory / "style.jsonl", questions[: max(8, len(questions) // 4)])
    (directory / f"{name}_skill.yaml").write_text(_SKILL.format(name=name), encoding="utf-8")
    (directory / f"{name}_style.yaml").write_text(_STYLE.format(name=name), encoding="utf-8")
