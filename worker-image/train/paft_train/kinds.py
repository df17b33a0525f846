"""Kind of a stage -> its work. The modules that do it are imported only here, after the reuse check."""

from paft_train.errors import StageError
from paft_train.runner import Work


def work_of(kind: str) -> Work:
    """The work of a kind. Raises InvalidStage for `merge`, which another image does."""
    match kind:
        case "fetch":
            from paft_train import fetch

            return fetch.run
        case "sft":
            from paft_train import sft

            return sft.run
        case "preference":
            from paft_train import preference

            return preference.run
        case "evaluate":
            from paft_train.evaluate import stage

            return stage.run
        case "report":
            from paft_train.report import stage as report_stage

            return report_stage.run
    raise StageError("InvalidStage", f"this image does not run stages of kind {kind!r}: use the merge image for it.")
