"""The training, evaluation and report stages of PAFT pipelines: an implementation of docs/stage-contract.md."""

__version__ = "0.1.0"
