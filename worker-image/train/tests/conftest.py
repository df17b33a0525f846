"""A workspace with a small model, data and tasks, and a way to run the contract's fixtures on it."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from operator_stand_in import Operator

from paft_train import datafiles, runner
from paft_train.kinds import work_of

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
runner.prepare_environment()

CONTRACT = Path(__file__).parents[2] / "contract"


def fixture(name: str) -> dict[str, Any]:
    return json.loads((CONTRACT / f"{name}.json").read_text())


def flip_a_bit(output: Path) -> None:
    """Damages the weights of a training's output, in the last byte."""
    weights = output / "model/model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


@dataclass
class Ended:
    """How a stage ended."""

    code: int
    message: dict[str, Any]
    output: Path
    log: str

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.output / "manifest.json").read_text())


class Workspace:
    """Runs stage documents in this process."""

    def __init__(self, root: Path, capture: Any = None) -> None:
        self.root = root
        self.capture = capture

    def run(self, document: dict[str, Any], key: str | None = None, **environment: str) -> Ended:
        document = json.loads(json.dumps(document))
        document["workspace"] = str(self.root)
        if key is not None:
            document["key"] = key * (64 // len(key))
        document["output"] = f"{document['kind']}/{document['key']}"
        log = self.root / "termination-log"
        log.unlink(missing_ok=True)
        given = {"PAFT_STAGE": json.dumps(document), "PAFT_TERMINATION_LOG": str(log), **environment}
        code = runner.main(work_of, given)
        raw = log.read_bytes()
        assert len(raw) <= 4096
        printed = self.capture.readouterr().out if self.capture else ""
        return Ended(code, json.loads(raw), self.root / document["output"], printed)

    def stage_input(self, node: str, ended: Ended) -> dict[str, str]:
        path = ended.output.relative_to(self.root)
        return {"stage": node, "key": path.name, "path": str(path)}


def quick(document: dict[str, Any], **hyperparameters: Any) -> dict[str, Any]:
    """The document with a training of a few small steps."""
    given = document["parameters"]["hyperparameters"]
    given.update({"maxSteps": 4, "perDeviceTrainBatchSize": 4, "loggingSteps": 2} | hyperparameters)
    return document


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process runs one stage; here one runs many, and what one has compared is not there for the next."""
    monkeypatch.setattr(datafiles, "_compared", {})


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """models/tiny, data/tiny and tasks/tiny: the names of the fixtures, in a size for tests."""
    from paft_train.prepare import tiny, toymodel

    root = tmp_path_factory.mktemp("workspace")
    for name in ("models", "data", "tasks"):
        (root / name / "tiny").mkdir(parents=True)
    toymodel.save(root / "models/tiny", toymodel.Size(32, 64, 2, 60, batch=32))
    tiny.write_data(root / "data/tiny", tiny.Counts(64, 64, 12, 4), 11)
    tiny.write_tasks(root / "tasks/tiny", "tiny", 4, 11)
    return root


@pytest.fixture
def workspace(seeded: Path, capsys: pytest.CaptureFixture[str]) -> Workspace:
    return Workspace(seeded, capsys)


@pytest.fixture(scope="session")
def lora(seeded: Path) -> Ended:
    """A finished LoRA stage."""
    return Workspace(seeded).run(quick(fixture("sft")), "a1")


@pytest.fixture(scope="session")
def full(seeded: Path) -> Ended:
    """A finished full fine-tuning stage with a penalty."""
    document = quick(fixture("sft"))
    document["parameters"]["tuning"] = {"type": "Full"}
    return Workspace(seeded).run(document, "a2")


@pytest.fixture(scope="session")
def undisturbed(seeded: Path) -> Ended:
    """A short training that nobody stopped."""
    from resuming import short

    ended = Workspace(seeded).run(short(), "d0")
    assert ended.code == 0, ended.message
    return ended


@pytest.fixture
def fresh(workspace: Workspace) -> Iterator[Workspace]:
    """No output and no checkpoint of key d1."""
    yield workspace
    for path in (workspace.root / "sft").glob("d1*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    started = Operator(tmp_path / "token")
    yield started
    started.server.shutdown()
    started.server.server_close()
