"""A proxy between the operator and the API server that can be told to misbehave.

It looks at the head of a request and then passes bytes: one request per connection, so that each can meet its own fate.
"""

import random
import socket
import ssl
import threading
import time
from contextlib import suppress

from suite.api import Api

_CODES = {429: "Too Many Requests", 500: "Internal Server Error", 409: "Conflict", 504: "Gateway Timeout"}
_WRITES = (b"POST", b"PUT", b"PATCH", b"DELETE")
_HEAD_LIMIT = 65536
_HANG_SECONDS = 4


class Proxy:
    """Listens without TLS on the cluster's bridge: the token of the operator stays on this machine."""

    def __init__(self, api: Api) -> None:
        self._server = (api.host, api.port)
        self._tls = ssl.create_default_context(cafile=api.authority)
        self._listener = socket.create_server((api.host, 0), backlog=64)
        self.address = f"http://{api.host}:{self._listener.getsockname()[1]}"
        self._rng = random.Random(0)
        self._share = 0.0
        self._watches: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.answers: dict[str, int] = {}
        threading.Thread(target=self._accept, daemon=True).start()

    def misbehave(self, share: float, seed: int) -> None:
        """From now on, let this share of requests go wrong; 0 for none."""
        with self._lock:
            self._rng = random.Random(seed)
            self._share = share

    def drop_watches(self) -> int:
        """Cut every watch; how many there were."""
        with self._lock:
            dropped = list(self._watches)
            self._watches.clear()
        for connection in dropped:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return len(dropped)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, ValueError):
            head, rest = _read_head(client)
            fate = self._fate(head)
            if fate in ("429", "500", "409", "504"):
                if fate == "504":
                    time.sleep(_HANG_SECONDS)
                _refuse(client, int(fate), head, rest)
                return
            if fate == "reset":
                return
            with (
                socket.create_connection(self._server, timeout=10) as raw,
                self._tls.wrap_socket(raw, server_hostname=self._server[0]) as upstream,
            ):
                self._pass(client, upstream, head, rest, answer=fate != "lost")

    def _fate(self, head: bytes) -> str:
        line = head.partition(b"\r\n")[0]
        if b"watch=true" in line:
            return "pass"
        writes = line.startswith(_WRITES)
        with self._lock:
            if self._rng.random() >= self._share:
                return "pass"
            # Only writes can suffer from an answer that is lost after the server has acted: the worst of them.
            fate = self._rng.choice(["429", "500", "504", "reset"] + (["409", "lost", "lost"] if writes else []))
            self.answers[fate] = self.answers.get(fate, 0) + 1
            return fate

    def _pass(self, client: socket.socket, upstream: ssl.SSLSocket, head: bytes, rest: bytes, *, answer: bool) -> None:
        watch = b"watch=true" in head.partition(b"\r\n")[0]
        upstream.sendall(_one_request(head) + _body(client, head, rest))
        upstream.settimeout(None)
        if _is_upgrade(head):
            threading.Thread(target=_pump, args=(client, upstream), daemon=True).start()
        if watch:
            with self._lock:
                self._watches.add(client)
        try:
            if answer:
                _pump(upstream, client)
            else:
                upstream.settimeout(10)
                upstream.recv(1)  # the server has acted, and nobody hears of it
        finally:
            with self._lock:
                self._watches.discard(client)
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)


def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        block = client.recv(8192)
        if not block or len(received) > _HEAD_LIMIT:
            raise ValueError("no request")
        received += block
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


def _one_request(head: bytes) -> bytes:
    """The head, asking for the end of the connection after the answer, unless it becomes a web socket."""
    lines = head.split(b"\r\n")
    if not _is_upgrade(head):
        lines = [line for line in lines if not line.lower().startswith(b"connection:")] + [b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _is_upgrade(head: bytes) -> bool:
    return any(line.lower().startswith(b"upgrade:") for line in head.split(b"\r\n"))


def _body(client: socket.socket, head: bytes, rest: bytes) -> bytes:
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(rest) < length:
        block = client.recv(65536)
        if not block:
            raise ValueError("half a request")
        rest += block
    return rest


def _refuse(client: socket.socket, code: int, head: bytes, rest: bytes) -> None:
    # Closing with unread bytes would reset the connection before the answer is read.
    _body(client, head, rest)
    body = f'{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"chaos","code":{code}}}'
    retry = "Retry-After: 1\r\n" if code == 429 else ""
    client.sendall(
        f"HTTP/1.1 {code} {_CODES[code]}\r\nContent-Type: application/json\r\n{retry}Connection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while block := source.recv(65536):
            target.sendall(block)
