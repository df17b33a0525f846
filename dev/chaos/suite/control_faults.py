"""Faults of the control plane, of the operator, and of what lies between them."""

import signal
from random import Random
from typing import ClassVar

from suite.clock import skew
from suite.fault import Fault
from suite.world import World


class OperatorKilled(Fault):
    """The leading operator's process gets SIGKILL, half of the time that of the replica that waits too."""

    name = "operator-killed"

    def inject(self, world: World, rng: Random) -> str:
        killed = world.kill_operators(rng.randint(1, 2))
        return f"SIGKILL for {killed}" if killed else ""


class TwoOperators(Fault):
    """A second operator works beside the first; it takes part in no election."""

    name = "two-operators"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        world.start_second_operator()
        return "one more"

    def stay(self, rng: Random) -> float:
        return rng.uniform(5, 20)

    def heal(self, world: World) -> None:
        world.stop_second_operator()


class ComponentKilled(Fault):
    """A component of the cluster gets SIGKILL and is started again after a while."""

    component: ClassVar[str]

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        world.components[self.component].kill()
        return "SIGKILL"

    def stay(self, rng: Random) -> float:
        return rng.uniform(0.2, 3)

    def heal(self, world: World) -> None:
        world.components[self.component].start()
        world.await_api()


class ApiServerKilled(ComponentKilled):
    """kube-apiserver is killed."""

    name = "apiserver-killed"
    component = "kube-apiserver"


class EtcdKilled(ComponentKilled):
    """etcd is killed, and comes back with its data."""

    name = "etcd-killed"
    component = "etcd"


class KubeletKilled(ComponentKilled):
    """The kubelet is killed; the pods go on, and nobody tells what becomes of them."""

    name = "kubelet-killed"
    component = "kubelet"

    def inject(self, world: World, rng: Random) -> str:
        for run in world.targets():
            run.kubelet_killed = True
        return super().inject(world, rng)


class ApiServerStopped(Fault):
    """kube-apiserver stands still, its connections stay open."""

    name = "apiserver-stopped"

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        world.components["kube-apiserver"].signal(signal.SIGSTOP)
        return "SIGSTOP"

    def stay(self, rng: Random) -> float:
        return rng.uniform(1, 8)

    def heal(self, world: World) -> None:
        world.components["kube-apiserver"].signal(signal.SIGCONT)
        world.await_api()


class ApiErrors(Fault):
    """The operator's requests meet 429, 500, 409, time out, or are answered to nobody."""

    name = "api-errors"
    needs_proxy = True

    def inject(self, world: World, rng: Random) -> str:
        assert world.proxy is not None  # noqa: S101
        share = rng.choice([0.2, 0.4, 0.7])
        world.proxy.misbehave(share, rng.randrange(1 << 30))
        return f"{share:.0%} of the requests"

    def stay(self, rng: Random) -> float:
        return rng.uniform(3, 10)

    def heal(self, world: World) -> None:
        assert world.proxy is not None  # noqa: S101
        world.proxy.misbehave(0, 0)


class WatchesDropped(Fault):
    """Every watch of the operator is cut."""

    name = "watches-dropped"
    needs_proxy = True

    def inject(self, world: World, rng: Random) -> str:  # noqa: ARG002
        assert world.proxy is not None  # noqa: S101
        dropped = world.proxy.drop_watches()
        return f"{dropped} watches" if dropped else ""


class ClockSkewed(Fault):
    """The clock of every operator jumps, each by another amount, up to 10 minutes either way; later it jumps back."""

    name = "clock-skewed"
    needs_clock = True

    def inject(self, world: World, rng: Random) -> str:
        told = []
        for pod in world.operator_pods():
            seconds = rng.choice((-1, 1)) * rng.randint(5, 600)
            if skew(pod["metadata"]["uid"], seconds):
                told.append(f"{seconds:+d} s")
        return " and ".join(told)

    def stay(self, rng: Random) -> float:
        return rng.uniform(5, 15)

    def heal(self, world: World) -> None:
        for pod in world.operator_pods():
            skew(pod["metadata"]["uid"], 0)
