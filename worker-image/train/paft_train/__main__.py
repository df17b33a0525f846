"""Command line: `python -m paft_train stage` and `python -m paft_train prepare tiny|smollm2`."""

import argparse
import os
import sys
from pathlib import Path

from paft_train import __version__, runner
from paft_train.errors import StageError


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(prog="paft_train", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("stage", help="run the stage that the environment variable PAFT_STAGE describes")
    prepare = commands.add_parser("prepare", help="make a model, data and tasks for a demonstration in a workspace")
    prepare.add_argument("what", choices=("tiny", "smollm2"))
    prepare.add_argument("--workspace", type=Path, required=True, help="an existing directory")
    prepare.add_argument(
        "--size", choices=("tiny", "mini"), default="tiny", help="tiny only: mini is for plumbing tests"
    )
    prepare.add_argument("--seed", type=int, default=11, help="tiny only: seed of the data")
    prepare.add_argument("--gguf", type=Path, help="smollm2 only: SmolLM2-135M-Instruct as a GGUF file")
    options = parser.parse_args(arguments)
    runner.prepare_environment()
    if options.command == "stage":
        from paft_train.kinds import work_of

        return runner.main(work_of, os.environ)
    return _prepare(options)


def _prepare(options: argparse.Namespace) -> int:
    try:
        if options.what == "tiny":
            from paft_train.prepare import tiny

            tiny.prepare(options.workspace, options.size, options.seed)
        else:
            from paft_train.prepare import smollm2

            smollm2.prepare(options.workspace, options.gguf)
    except StageError as error:
        print(f"{error.reason}: {error.message}", file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is on disk. Tearing down the libraries takes seconds, and their threads could still hang.
    os._exit(code)
