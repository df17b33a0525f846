"""Tells the operator how far a stage is (docs/stage-contract.md, Progress), without ever making the stage wait.

The wire format is Kubeflow Trainer's, which transformers' own KubeflowCallback speaks too. That one posts in the
training loop and waits up to five seconds for an answer, honours the proxy that downloads use, and says 100 % whenever
a training returns, so it is switched off here (see runner.prepare_environment) and a thread posts instead.
"""

import http.client
import json
import os
import ssl
import threading
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from paft_train import log

URL = "KUBEFLOW_TRAINER_SERVER_URL"
CA_CERT = "KUBEFLOW_TRAINER_SERVER_CA_CERT"
TOKEN = "KUBEFLOW_TRAINER_SERVER_TOKEN"  # noqa: S105  the name of a variable

TIMEOUT = 5.0
PACE = 5.0
MOST = 99


@dataclass(frozen=True)
class Report:
    """How far a stage is.

    Attributes:
        fraction: share of the work that is done, 0 to 1; None when nobody knows.
        step: steps done.
        total: steps that there are.
        eta: seconds that are left; None before there is a rate.
        metrics: numbers by name.
        work: a number that grows whenever something is done, in any unit: between two steps it tells a pod that works
            from one that hangs. It is shown to nobody.
    """

    fraction: float | None = None
    step: int | None = None
    total: int | None = None
    eta: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    work: float | None = None

    def body(self) -> bytes:
        """The document to post; never 100 %: that everything is done is for the Job to say."""
        metrics = dict(self.metrics)
        if self.step is not None:
            metrics["current_step"] = self.step
        if self.total is not None:
            metrics["total_steps"] = self.total
        if self.work is not None:
            metrics["work_done"] = self.work
        status: dict[str, object] = {"lastUpdatedTime": datetime.now(UTC).isoformat()}
        if self.fraction is not None:
            status["progressPercentage"] = max(0, min(MOST, int(self.fraction * 100)))
        if self.eta is not None:
            status["estimatedRemainingSeconds"] = max(0, int(self.eta))
        status["metrics"] = [{"name": name, "value": str(value)} for name, value in metrics.items()]
        return json.dumps({"trainerStatus": status}).encode()


class Reporter:
    """Posts the newest report from a daemon thread, at most one every few seconds; what cannot be sent is dropped.

    Args:
        url: where to post, as it stands.
        authority: file with the certificate to trust, and no other.
        token: file with the token; read for every post, because the kubelet renews it.
        pace: seconds between two posts.
    """

    def __init__(self, url: str, authority: Path, token: Path, pace: float = PACE) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" or parts.hostname is None:
            raise ValueError(f"{URL} is not an https URL: {url}")
        self._host, self._port = parts.hostname, parts.port or 443
        self._path = parts.path or "/"
        self._context = ssl.create_default_context(cafile=str(authority))
        self._token = token
        self._pace = pace
        self._newest: Report | None = None
        self._news = threading.Event()
        self._told = False
        threading.Thread(target=self._run, name="progress", daemon=True).start()

    def report(self, report: Report) -> None:
        """Replace what is sent next. Returns at once."""
        self._newest = report
        self._news.set()

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            report = self._newest
            if report is not None:
                try:
                    self._post(report)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    if not self._told:
                        self._told = True
                        log.event(f"progress does not reach the operator ({error}); the stage goes on")
            time.sleep(self._pace)

    def _post(self, report: Report) -> None:
        # http.client knows nothing of proxies: the way to the operator is inside the cluster.
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=TIMEOUT, context=self._context)
        try:
            headers = {
                "Authorization": f"Bearer {self._token.read_text().strip()}",
                "Content-Type": "application/json",
            }
            connection.request("POST", self._path, report.body(), headers)
            status = connection.getresponse().status
            if status != 200:
                raise OSError(f"the operator answers HTTP {status}")
        finally:
            connection.close()


class Silent:
    """Stands in for a reporter where nobody listens."""

    def report(self, report: Report) -> None:
        """Drop it."""
        del report


def reporter(environment: Mapping[str, str] | None = None, pace: float = PACE) -> Reporter | Silent:
    """A reporter to what the environment names, or one that is silent when it names nothing or nothing usable."""
    given = os.environ if environment is None else environment
    url, authority, token = (given.get(name) for name in (URL, CA_CERT, TOKEN))
    if not (url and authority and token):
        return Silent()
    try:
        return Reporter(url, Path(authority), Path(token), pace)
    except (OSError, ValueError) as error:
        log.event(f"progress is not told to the operator: {error}")
        return Silent()


class Measures:
    """Progress through a number of measures, each counting the same.

    Args:
        reporter: who is told.
        total: measures that there are.
    """

    def __init__(self, reporter: Reporter | Silent, total: int) -> None:
        self._reporter = reporter
        self._total = total
        self._done = 0
        self._within = 0.0
        self._work = 0
        self._start = time.monotonic()
        self._tell()

    def within(self, done: int, total: int) -> None:
        """An answer more: so much of the measure that is being taken is done; it never goes backwards."""
        self._work += 1
        self._within = max(self._within, min(done / total, 1.0) if total else 0.0)
        self._tell()

    def next(self) -> None:
        """One measure is taken."""
        self._done += 1
        self._within = 0.0
        self._tell()

    def _tell(self) -> None:
        if self._total == 0:
            return
        fraction = (self._done + self._within) / self._total
        elapsed = time.monotonic() - self._start
        eta = elapsed / fraction * (1 - fraction) if fraction > 0 else None
        self._reporter.report(Report(fraction, self._done, self._total, eta, work=self._work))
