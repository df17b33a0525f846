"""Against a small server on 127.0.0.1 that plays the hub's API as far as a snapshot download needs it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import fixture
from operator_stand_in import Operator, metrics, until

from paft_train import hub, runner
from paft_train.errors import StageError
from paft_train.fetch_progress import follow
from paft_train.progress import Report, Silent

REVISION = "0123456789012345678901234567890123456789"
REPOSITORY = "mistralai/Mistral-7B-v0.1"


class Hub(BaseHTTPRequestHandler):
    """One repository; the class attributes are set by the tests."""

    files: dict[str, bytes] = {}
    status = 200
    held = threading.Event()
    seen: list[tuple[str, str | None]] = []

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        Hub.seen.append((self.path, self.headers.get("Authorization")))
        path = self.path.split("?")[0]
        if Hub.status != 200:
            self.reply(Hub.status, b"{}", body, {"X-Error-Code": "RepoNotFound"} if Hub.status == 404 else {})
        elif "/tree/" in path:
            tree = [
                {"type": "file", "path": name, "size": len(raw), "oid": "0" * 40} for name, raw in Hub.files.items()
            ]
            self.reply(200, json.dumps(tree).encode(), body, {})
        elif path.startswith("/api/"):
            sized = "blobs=" in self.path
            siblings = [{"rfilename": name} | ({"size": len(raw)} if sized else {}) for name, raw in Hub.files.items()]
            info = {
                "id": REPOSITORY,
                "modelId": REPOSITORY,
                "sha": REVISION,
                "siblings": siblings,
                "private": False,
                "tags": [],
            }
            self.reply(200, json.dumps(info).encode(), body, {})
        else:
            name = path.split(f"/resolve/{REVISION}/")[1]
            if body and name == "model.safetensors" and not Hub.held.is_set():
                Hub.held.wait(60)
            self.reply(200, Hub.files[name], body, {"ETag": f'"{name}"', "X-Repo-Commit": REVISION})

    def reply(self, status: int, raw: bytes, body: bool, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(raw)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server(seeded: Path) -> Iterator[str]:
    Hub.files = {path.name: path.read_bytes() for path in (seeded / "models/tiny").iterdir()}
    Hub.files["pytorch_model.bin"] = b"pickle"
    Hub.status, Hub.seen = 200, []
    Hub.held.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        Hub.held.set()
        listening.shutdown()


def start(
    root: Path, endpoint: str, environment: dict[str, str] | None = None, **parameters: str
) -> subprocess.Popen[str]:
    document = {**fixture("fetch-model"), "workspace": str(root)}
    document["parameters"] |= parameters
    given = {
        **os.environ,
        "PAFT_STAGE": json.dumps(document),
        "PAFT_TERMINATION_LOG": str(root / "log"),
        "HF_ENDPOINT": endpoint,
        "HF_TOKEN": "hf_verysecret",
        "HF_HOME": str(root / "cache"),
        "PYTHONPATH": str(Path(runner.__file__).parents[1]),
        "HF_HUB_ETAG_TIMEOUT": "2",
        **(environment or {}),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "paft_train", "stage"],
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def fetch(
    root: Path, endpoint: str, environment: dict[str, str] | None = None, **parameters: str
) -> tuple[int, dict[str, Any], str]:
    with start(root, endpoint, environment, **parameters) as process:
        said, _ = process.communicate()
    return process.returncode, json.loads((root / "log").read_text()), said


def test_download(tmp_path: Path, server: str) -> None:
    code, message, log = fetch(tmp_path, server)
    assert code == 0, log
    content = tmp_path / fixture("fetch-model")["output"] / "content"
    names = {path.relative_to(content).as_posix() for path in content.rglob("*")}
    assert names == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert message["metrics"]["files"] == 5
    assert ("Bearer hf_verysecret") in {token for _, token in Hub.seen}
    assert "hf_verysecret" not in log


def test_a_token_may_end_in_a_newline(tmp_path: Path, server: str) -> None:
    code, _, log = fetch(tmp_path, server, environment={"HF_TOKEN": "hf_verysecret\n"})
    assert code == 0, log
    assert {token for _, token in Hub.seen} == {"Bearer hf_verysecret"}
    assert "hf_verysecret" not in log


def test_a_signal_ends_a_download_that_takes_long(tmp_path: Path, server: str) -> None:
    Hub.held.clear()
    with start(tmp_path, server) as process:
        end = time.monotonic() + 60
        while not any("model.safetensors" in path for path, _ in Hub.seen):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)
    message = json.loads((tmp_path / "log").read_text())
    assert (process.returncode, message["outcome"]) == (143, "Stopped"), said


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [(404, "DownloadRefused", 65), (401, "DownloadRefused", 65), (503, "DownloadFailed", 75)],
)
def test_refusals(tmp_path: Path, server: str, status: int, reason: str, code: int) -> None:
    Hub.status = status
    ended, message, log = fetch(tmp_path, server)
    assert (ended, message["reason"]) == (code, reason), log
    assert "hf_verysecret" not in log + json.dumps(message)


def test_a_hub_that_does_not_answer(tmp_path: Path) -> None:
    ended, message, log = fetch(tmp_path, "http://127.0.0.1:9")
    assert (ended, message["reason"]) == (75, "DownloadFailed"), log
    assert "hf_verysecret" not in log + json.dumps(message)


def test_how_much_is_there_is_told(tmp_path: Path, server: str, operator: Operator) -> None:
    code, _, log = fetch(tmp_path, server, environment=operator.environment())
    assert code == 0, log
    until(lambda: operator.bodies)
    assert operator.bodies[0]["progressPercentage"] == 0
    assert metrics(operator.bodies[0]) == {"downloaded_bytes": "0.0", "work_done": "0"}


def test_a_download_that_gets_on(tmp_path: Path) -> None:
    told: list[Report] = []

    class Listener(Silent):
        def report(self, report: Report) -> None:
            told.append(report)

    (tmp_path / "before").write_bytes(bytes(100))
    with follow(Listener(), tmp_path, 1000, pace=0.01):
        until(lambda: told)
        (tmp_path / ".cache").mkdir()
        (tmp_path / ".cache" / "part.incomplete").write_bytes(bytes(400))
        until(lambda: told[-1].fraction == 0.5)
        half = told[-1]
        (tmp_path / ".cache" / "part.incomplete").write_bytes(bytes(2000))
        until(lambda: told[-1].fraction == 1)
    assert told[0].fraction == 0.1
    assert told[0].eta is None
    assert half.metrics == {"downloaded_bytes": 500}
    assert half.eta is not None
    assert half.eta > 0
    assert told[-1].eta == 0


def test_a_hub_that_does_not_say_how_much_there_is(tmp_path: Path) -> None:
    told: list[Report] = []

    class Listener(Silent):
        def report(self, report: Report) -> None:
            told.append(report)

    with follow(Listener(), tmp_path / "nothing yet", None, pace=0.01):
        until(lambda: told)
    assert told[0] == Report(metrics={"downloaded_bytes": 0}, work=0)


def test_pickles_and_nothing_useful(tmp_path: Path, server: str) -> None:
    del Hub.files["model.safetensors"]
    assert fetch(tmp_path, server)[1]["reason"] == "UnsafeFormat"
    Hub.files = {"pytorch_model.bin": b"pickle"}
    assert fetch(tmp_path, server)[1]["reason"] == "DownloadRefused"


@pytest.mark.parametrize("change", [{"uri": "hf://a/b@main"}, {"uri": "s3://x"}, {"type": "space"}])
def test_parameters(tmp_path: Path, change: dict[str, str]) -> None:
    assert fetch(tmp_path, "http://127.0.0.1:9", **change)[1]["reason"] == "InvalidParameter"


def test_statuses() -> None:
    assert hub.of_status(429, "x").reason == hub.of_status(500, "x").reason == "DownloadFailed"
    assert hub.of_status(403, "x").reason == "DownloadRefused"
    assert hub.classify(ValueError("x"), "x") is None
    assert isinstance(hub.classify(ConnectionError("x"), "x"), StageError)
