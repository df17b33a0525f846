"""Times merges as whole processes, the engine and mergekit one after the other on the same files, and prints the table.

    python3 bench.py --files FOLDER --jar JAR --java JAVA [--mergekit PYTHON] [--runs 3] [--mergekit-runs 1] [CASE...]

Wall time, processor time (user and system, of all threads), and the most anonymous memory that a process and its
children held (RssAnon: heap and native memory, without the pages of mapped files). Medians; the files are read once
before, so that they are in the page cache as far as it has room.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

MERGEKIT = "from mergekit.scripts.run_yaml import main; main()"
MERGEKIT_OPTIONS = ["--no-copy-tokenizer", "--no-write-model-card", "--lora-merge-cache"]
# Otherwise it asks the hub about local paths.
MERGEKIT_ENVIRONMENT = {"HF_HUB_OFFLINE": "1"}

Model = tuple[str, str]  # a name and its parameters, as a recipe writes them
Measurement = dict[str, float]  # wall and cpu in seconds, memory in MiB


def recipe(method: str, base: str, models: Sequence[Model], shared: str = "") -> str:
    """A recipe as text."""
    lines = [f"merge_method: {method}"]
    if base:
        lines.append(f"base_model: {base}")
    lines.append("models:")
    for name, parameters in models:
        lines.append(f"  - model: {name}")
        if parameters:
            lines.append(f"    parameters: {{{parameters}}}")
    if shared:
        lines.append(f"parameters: {{{shared}}}")
    return "\n".join([*lines, "dtype: float32", "out_dtype: bfloat16", ""])


def two(parameters: str) -> list[Model]:
    """Both branches with the same parameters."""
    return [("sft", parameters), ("dpo", parameters)]


# name: (recipe, compared with mergekit). The first ones are those of docs/merge.md; the others show what a method
# costs.
TIES = "weight: 0.5, density: 0.2"
THREE = [("base", "weight: 0.2"), ("sft", "weight: 0.4"), ("dpo", "weight: 0.4")]
CASES = {
    "linear": (recipe("linear", "base", THREE), True),
    "task_arithmetic": (recipe("task_arithmetic", "base", two("weight: 0.5")), True),
    "ties": (recipe("ties", "base", two(TIES)), True),
    "lora-ties": (recipe("ties", "base", [("base+lora-sft", TIES), ("base+lora-dpo", TIES)]), True),
    "dare_ties": (recipe("dare_ties", "base", two(TIES)), False),
    "breadcrumbs": (recipe("breadcrumbs", "base", two(TIES)), False),
    "della": (recipe("della", "base", two("weight: 0.5, density: 0.4, epsilon: 0.1")), False),
    "slerp": (recipe("slerp", "base", [("base", ""), ("sft", "")], "t: 0.5"), False),
    "nuslerp": (recipe("nuslerp", "base", two("weight: 0.5")), False),
    "multislerp": (recipe("multislerp", "base", two("weight: 0.5")), False),
    "model_stock": (recipe("model_stock", "base", two("")), False),
    "nearswap": (recipe("nearswap", "base", [("base", ""), ("sft", "")], "t: 0.001"), False),
    "ram": (recipe("ram", "base", two("")), False),
    "ramplus_tl": (recipe("ramplus_tl", "base", two("")), False),
    "sce": (recipe("sce", "base", two(""), "select_topk: 0.5"), False),
}


class Peak(threading.Thread):
    """The most anonymous memory of a process and its children, in MiB."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most = pid, 0.0

    def run(self) -> None:
        """Looks 20 times a second until the process has ended."""
        while Path(f"/proc/{self.pid}").exists():
            self.most = max(self.most, anonymous(self.pid) / 1024)
            time.sleep(0.05)


def anonymous(pid: int) -> int:
    """The anonymous memory of a process and its children now, in KiB; 0 for a process that has ended."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += int(line.split()[1])
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += anonymous(int(child))
    except OSError:
        pass
    return total


def timed(command: Sequence[str | Path], folder: Path, log: Path, environment: Mapping[str, str]) -> Measurement:
    """Runs a command in a folder, its output into the log, with these variables besides those of this process.

    Exits with the end of the log where the command fails.
    """
    start = time.monotonic()
    with log.open("wb") as output:
        # The programs are those that the developer names on the command line: there is nobody else to distrust.
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        peak = Peak(process.pid)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    peak.join(1)
    if status:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{log.read_text()[-3000:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": peak.most}


def limit(inputs: Sequence[Path], size: int, target: Path) -> float:
    """Seconds to read all inputs once and to write so many bytes once, durably."""
    buffer = bytearray(8 << 20)
    start = time.monotonic()
    for file in inputs:
        with file.open("rb", buffering=0) as source:
            while source.readinto(buffer):
                pass
    with target.open("wb", buffering=0) as output:
        for _ in range(size // len(buffer)):
            output.write(buffer)
        os.fsync(output.fileno())
    wall = time.monotonic() - start
    target.unlink()
    return wall


@dataclass(frozen=True)
class Row:
    """The medians of a case: the engine, the engine with one thread, mergekit; empty where there were no runs."""

    name: str
    ours: Measurement
    one: Measurement
    mergekit: Measurement


def weights(folder: Path, model: str) -> list[Path]:
    """The weight files of a model."""
    return sorted((folder / model).glob("*.safetensors"))


def medians(runs: Sequence[Measurement]) -> Measurement:
    """The median of each quantity; nothing of no runs."""
    return {key: statistics.median(run[key] for run in runs) for key in (runs[0] if runs else {})}


def measure(name: str, options: argparse.Namespace, files: Path, scratch: Path) -> Row:
    """Runs a case as often as the options say, the engine and mergekit in turns, each into an empty folder."""
    text, compared = CASES[name]
    if options.adapters:
        text = text.replace("model: sft", "model: base+lora-sft").replace("model: dpo", "model: base+lora-dpo")
    path = scratch / f"{name}.yaml"
    path.write_text(text)
    runs: dict[str, list[Measurement]] = {"ours": [], "one": [], "mergekit": []}

    def run(key: str, command: list[str | Path], environment: dict[str, str]) -> None:
        shutil.rmtree(scratch / "out", ignore_errors=True)
        shutil.rmtree(scratch / "lora", ignore_errors=True)
        runs[key].append(timed(command, files, scratch / f"{name}-{key}.log", environment))
        print(f"  {name} {key}: " + ", ".join(f"{k} {v:.1f}" for k, v in runs[key][-1].items()), file=sys.stderr)

    ours = [options.java, "-jar", options.jar, "run", path, scratch / "out"]
    kit = [options.mergekit, "-c", MERGEKIT, path, scratch / "out", *MERGEKIT_OPTIONS, scratch / "lora"]
    for index in range(max(options.runs, options.mergekit_runs)):
        if index < options.runs:
            run("ours", ours, {})
        if index < options.runs and name in ("linear", "ties"):
            run("one", [*ours, "--threads", "1"], {})
        if compared and options.mergekit and index < options.mergekit_runs:
            run("mergekit", kit, MERGEKIT_ENVIRONMENT)
    shutil.rmtree(scratch / "out", ignore_errors=True)
    shutil.rmtree(scratch / "lora", ignore_errors=True)
    return Row(name, **{key: medians(values) for key, values in runs.items()})


def table(rows: Sequence[Row]) -> None:
    """Prints the rows in Markdown; the ratio is that of the wall times."""
    print("| merge | wall | processor | memory | one thread | mergekit | its processor | its memory | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        ours, one, kit = row.ours, row.one, row.mergekit
        cells = [row.name, f"{ours['wall']:.1f} s", f"{ours['cpu']:.1f} s", f"{ours['memory']:.0f} MiB"]
        cells.append(f"{one['wall']:.1f} s" if one else "")
        cells += [f"{kit['wall']:.0f} s", f"{kit['cpu']:.0f} s", f"{kit['memory']:.0f} MiB"] if kit else ["", "", ""]
        cells.append(f"{kit['wall'] / ours['wall']:.0f}" if kit else "")
        print("| " + " | ".join(cells) + " |")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser()
    add = parser.add_argument
    add("--files", type=Path, required=True, help="folder with the checkpoints that make_files.py writes")
    add("--jar", required=True, help="the merge engine, paft-merge.jar")
    add("--java", required=True, help="the java program, of JDK 25, that runs the engine")
    add("--mergekit", metavar="PYTHON", help="a Python that has mergekit; without it, only the engine is measured")
    add("--runs", type=int, default=3, help="runs of the engine for each case, by default %(default)s")
    add("--mergekit-runs", type=int, default=1, help="runs of mergekit for each case, by default %(default)s")
    add("--adapters", action="store_true", help="merge the adapters of both branches in place of their full models")
    add(
        "--scratch",
        type=Path,
        help="folder for outputs, by default beside the checkpoints; in a tmpfs no disk is measured",
    )
    add("--json", type=Path, help="a file for the unrounded numbers")
    compared = ", ".join(name for name, (_, compared) in CASES.items() if compared)
    cases = f"what to merge, by default what is compared with mergekit ({compared}); of: {', '.join(CASES)}"
    add("cases", nargs="*", default=[], metavar="CASE", help=cases)
    return parser.parse_args()


def main() -> None:
    """Measures the cases and prints the table."""
    options = arguments()
    files = options.files.resolve()
    options.jar = str(Path(options.jar).resolve())
    scratch = (options.scratch or files.parent / "scratch").resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    inputs = [file for model in ("base", "sft", "dpo") for file in weights(files, model)]
    size = sum(file.stat().st_size for file in weights(files, "base"))
    limit(inputs, 0, scratch / "limit")
    limits = []
    rows = []
    for name in options.cases or [case for case, (_, compared) in CASES.items() if compared]:
        limits.append(limit(inputs, size, scratch / "limit"))
        rows.append(measure(name, options, files, scratch))
    table(rows)
    print(f"\nReading all inputs and writing an output once: {statistics.median(limits):.1f} s.")
    print(f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")
    if options.json:
        # Columns without runs are empty lists in the file.
        stored = [{key: value or [] for key, value in asdict(row).items()} for row in rows]
        options.json.write_text(json.dumps({"limit": limits, "rows": stored}, indent=2))


if __name__ == "__main__":
    main()
