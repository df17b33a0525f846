"""Follows a Job or a pipeline and prints what changes; prints a pipeline's result as tables.

follow.py job NAMESPACE NAME KUBECTL
follow.py pipeline NAMESPACE NAME KUBECTL
follow.py tables NAMESPACE NAME KUBECTL

KUBECTL is the command, such as `kubectl`. Exit code 1 when it failed, after telling why.
"""

import json
import subprocess
import sys
import time
from datetime import datetime, timezone
from typing import Any

Object = dict[str, Any]

POLL_SECONDS = 2
HEARTBEAT_SECONDS = 20
GIVE_UP_SECONDS = 3600
UNSEEN_SECONDS = 60


class Cluster:
    """One namespace, seen through kubectl."""

    def __init__(self, kubectl: list[str], namespace: str) -> None:
        self._kubectl = [*kubectl, "-n", namespace, "--request-timeout=20s"]
        self._seen = time.monotonic()

    def run(self, *arguments: str) -> str:
        """Print of a kubectl command; empty when it failed."""
        done = self._call(arguments)
        return done.stdout if done.returncode == 0 else ""

    def get(self, kind: str, name: str) -> Object:
        """An object; nothing while the API server does not answer, which may be for a minute."""
        done = self._call(("get", kind, name, "-o", "json"))
        if done.returncode == 0:
            self._seen = time.monotonic()
            return json.loads(done.stdout)
        if time.monotonic() - self._seen > UNSEEN_SECONDS:
            sys.exit(f"{kind} {name} cannot be read any more:\n{done.stderr.strip()}")
        return {}

    def _call(self, arguments: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603
            [*self._kubectl, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    def log(self, job: str, lines: int) -> list[str]:
        """The last lines that the newest pod of a Job wrote."""
        text = self.run("logs", f"job/{job}", f"--tail={lines}")
        return [line for line in text.replace("\r", "\n").splitlines() if line.strip()]

    def explain_pods(self, job: str) -> str:
        """Why the pods of a Job do not run, as far as Kubernetes says."""
        pods = json.loads(self.run("get", "pods", "-l", f"batch.kubernetes.io/job-name={job}", "-o", "json") or "{}")
        reasons = []
        for pod in pods.get("items", []):
            scheduled = condition(pod, "PodScheduled")
            if scheduled.get("status") == "False":
                reasons.append(scheduled.get("message", ""))
            for container in pod.get("status", {}).get("containerStatuses", []):
                waiting = container.get("state", {}).get("waiting", {})
                if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
                    reasons.append(f"{waiting['reason']}: {waiting.get('message', '')}")
        return "; ".join(reasons)


class Clock:
    """Lines with the time since the start."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def quiet(self) -> bool:
        """Whether it is time for a sign of life."""
        return time.monotonic() - self._last >= HEARTBEAT_SECONDS

    def say(self, text: str) -> None:
        """Print a line."""
        self._last = time.monotonic()
        print(f"  {duration(self.elapsed()):>7}  {text}", flush=True)


def duration(seconds: float) -> str:
    """12s or 3m05s."""
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60:02d}s"


def instant(text: str) -> datetime:
    """An RFC 3339 time."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def taken(stage: Object) -> str:
    """How long a stage took, or takes up to now."""
    if "startTime" not in stage:
        return ""
    end = instant(stage["completionTime"]) if "completionTime" in stage else datetime.now(timezone.utc)
    return duration((end - instant(stage["startTime"])).total_seconds())


def condition(thing: Object, kind: str) -> Object:
    """A condition of an object, or an empty one."""
    found = [item for item in thing.get("status", {}).get("conditions", []) if item["type"] == kind]
    return found[0] if found else {}


def is_true(thing: Object, kind: str) -> bool:
    """Whether a condition holds."""
    return condition(thing, kind).get("status") == "True"


def follow_job(cluster: Cluster, name: str) -> int:
    """Wait for a Job, with the last line of its log as a sign of life."""
    clock, shown = Clock(), ""
    while clock.elapsed() < GIVE_UP_SECONDS:
        job = cluster.get("job", name)
        if is_true(job, "Complete"):
            clock.say(f"{name} done")
            return 0
        if is_true(job, "Failed"):
            clock.say(f"{name} FAILED: {condition(job, 'Failed').get('message', '')}")
            print_log(cluster, name)
            return 1
        if clock.quiet():
            last = cluster.log(name, 1) or [cluster.explain_pods(name) or "starting"]
            shown = tell(clock, shown, f"{name}  {last[0][:110]}")
        time.sleep(POLL_SECONDS)
    clock.say(f"{name} is not done: giving up")
    return 1


def tell(clock: Clock, before: str, text: str) -> str:
    """Print a sign of life."""
    clock.say(text if text != before else f"{text}  (as before)")
    return text


def follow_pipeline(cluster: Cluster, name: str) -> int:
    """Wait for a pipeline: a line for every stage that changes, and what runs when nothing changes."""
    clock, seen = Clock(), {}
    while clock.elapsed() < GIVE_UP_SECONDS:
        pipeline = cluster.get("paftpipeline", name)
        status = pipeline.get("status", {})
        if pipeline and status.get("observedGeneration") == pipeline["metadata"]["generation"]:
            stages = status.get("stages", [])
            if not seen and is_true(pipeline, "Succeeded"):
                clock.say(f"{name} was finished already: nothing ran")
                return 0
            if not seen:
                clock.say(f"{len(stages)} stages: {', '.join(stage['name'] for stage in stages)}")
            for stage in stages:
                if seen.get(stage["name"], "Pending") != stage["state"]:
                    clock.say(change(stage))
                seen[stage["name"]] = stage["state"]
            if is_true(pipeline, "Succeeded"):
                clock.say(f"{name} Succeeded")
                return 0
            if condition(pipeline, "Succeeded").get("status") == "False" or is_true(pipeline, "Stalled"):
                return report_failure(cluster, clock, pipeline)
        if clock.quiet():
            sign_of_life(cluster, clock, status)
        time.sleep(POLL_SECONDS)
    clock.say(f"{name} is not done: giving up")
    return 1


def change(stage: Object) -> str:
    """A line for a stage that has another state now."""
    line = f"{stage['name']:<22} {stage['state']}"
    if stage["state"] == "Succeeded":
        line += "  (was there already)" if stage.get("reused") else f"  after {taken(stage)}"
    elif stage.get("message"):
        line += f"  {stage['message'][:140]}"
    return line


def sign_of_life(cluster: Cluster, clock: Clock, status: Object) -> None:
    """What runs, with the last line of its log."""
    running = [stage for stage in status.get("stages", []) if stage["state"] == "Running"]
    for stage in running:
        last = cluster.log(stage["job"], 1) if "job" in stage else []
        clock.say(f"{stage['name']:<22} running for {taken(stage)}  {last[0][:90] if last else ''}")
    if not running:
        waiting = [stage for stage in status.get("stages", []) if stage["state"] == "Pending" and "job" in stage]
        why = next((stage.get("message") for stage in waiting if stage.get("message")), "")
        clock.say(f"waiting  {why or condition({'status': status}, 'Succeeded').get('message', 'for the operator')}")


def report_failure(cluster: Cluster, clock: Clock, pipeline: Object) -> int:
    """Say which stage failed, why, and what its pod wrote."""
    for kind in ("Stalled", "Succeeded"):
        found = condition(pipeline, kind)
        if found.get("message"):
            clock.say(f"{found.get('reason', kind)}: {found['message']}")
    for stage in pipeline["status"].get("stages", []):
        if stage["state"] == "Failed":
            print(f"\n{stage['name']} failed ({stage.get('reason', 'unknown')}): {stage.get('message', '')}")
            if "job" in stage:
                print_log(cluster, stage["job"])
    return 1


def print_log(cluster: Cluster, job: str) -> None:
    """The end of a Job's log, or why there is none."""
    lines = cluster.log(job, 40)
    print(f"The end of the log of Job {job}:" if lines else f"Job {job} has no log. {cluster.explain_pods(job)}")
    for line in lines:
        print(f"    {line}")


def print_tables(cluster: Cluster, name: str) -> int:
    """The stages and the scores."""
    status = cluster.get("paftpipeline", name).get("status", {})
    rows = [["STAGE", "STATE", "REUSED", "DURATION", "MESSAGE"]]
    rows += [
        [
            stage["name"],
            stage["state"],
            "yes" if stage.get("reused") else "no",
            taken(stage),
            shorten(stage.get("message", "")),
        ]
        for stage in status.get("stages", [])
    ]
    print_table(rows)
    result = status.get("result", {})
    scores = result.get("scores", [])
    if scores:
        print()
        print_table(score_rows(scores, result.get("best")))
        print(f"\nBest candidate: {result.get('best')} (score {number(result.get('score'))})")
        print(f"Its model in the workspace: {result.get('model')}")
    return 0


def score_rows(scores: list[Object], best: str | None) -> list[list[str]]:
    """One row per model, one column per measure."""
    order = {"base": 0, "sft": 1, "preference": 2, "sequential": 3}
    measures = list(dict.fromkeys(name for score in scores for name in score.get("metrics", {})))
    rows = [["MODEL", *(measure.upper() for measure in measures), "SCORE", ""]]
    for score in sorted(scores, key=lambda item: order.get(item["subject"], 4)):
        metrics = score.get("metrics", {})
        merged = "" if score["subject"] in order else "merged"
        mark = "merged, best" if score["subject"] == best else merged
        values = [number(metrics.get(measure)) for measure in measures]
        rows.append([score["subject"], *values, number(score.get("score")), mark])
    return rows


def number(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def shorten(text: str, width: int = 70) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."


def print_table(rows: list[list[str]]) -> None:
    """Columns as wide as their widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main(command: str, namespace: str, name: str, kubectl: str) -> int:
    """Run a command."""
    cluster = Cluster(kubectl.split(), namespace)
    commands = {"job": follow_job, "pipeline": follow_pipeline, "tables": print_tables}
    return commands[command](cluster, name)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
