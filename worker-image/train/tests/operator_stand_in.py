"""The operator's progress endpoint, as far as a stage sees it."""

import http.server
import json
import ssl
import threading
import time
from pathlib import Path
from typing import Any

from paft_train import progress

TLS = Path(__file__).parent / "tls"
"""Made by the operator's own authority for `localhost`: Python is strict about the form of certificates."""


class Operator:
    """An HTTPS server in the operator's place."""

    def __init__(self, token: Path) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.code = 200
        self.token = token
        token.write_text("first\n")
        seen = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.tokens.append(self.headers["Authorization"])
                seen.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["trainerStatus"])
                self.send_response(seen.code)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "server.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def environment(self, authority: str = "ca.crt") -> dict[str, str]:
        return {
            progress.URL: f"https://localhost:{self.server.server_port}/progress",
            progress.CA_CERT: str(TLS / authority),
            progress.TOKEN: str(self.token),
        }


def until(condition: Any) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def metrics(status: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in status["metrics"]}
