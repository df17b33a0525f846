"""The API server, seen by an administrator who waits when it is away: that is what the faults do to it."""

import http.client
import json
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

Object = dict[str, Any]

PATIENCE_SECONDS = 120
OK = range(200, 300)
NOT_FOUND = 404
BUSY = 429
SERVER_ERROR = 500

MERGE_PATCH = "application/merge-patch+json"


class ApiError(Exception):
    """The API server refused a request.

    Attributes:
        code: HTTP status.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Api:
    """Requests in JSON, repeated until the API server answers."""

    def __init__(self, cluster: Path) -> None:
        """`cluster` is the directory of the running cluster, with its kubeconfig and certificates."""
        config = (cluster / "kubeconfig").read_text(encoding="utf-8")
        server = next(line.split()[1] for line in config.splitlines() if line.strip().startswith("server:"))
        address = urlsplit(server)
        self.host, self.port = address.hostname or "", address.port or 443
        pki = cluster / "pki"
        self.authority = str(pki / "ca.crt")
        self._tls = ssl.create_default_context(cafile=self.authority)
        self._tls.load_cert_chain(str(pki / "admin.crt"), str(pki / "admin.key"))

    def answers(self) -> bool:
        """Whether it says that it is ready."""
        try:
            return self._once("GET", "/readyz", None, "application/json", 3)[0] in OK
        except (OSError, http.client.HTTPException):
            return False

    def get(self, path: str) -> Object | None:
        """An object, or None when it is not there."""
        try:
            return self._request("GET", path)
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def items(self, path: str, **query: str) -> list[Object]:
        """The objects of a list."""
        return self._request("GET", f"{path}?{urlencode(query)}" if query else path)["items"]

    def create(self, path: str, body: Object) -> Object:
        """Create an object."""
        return self._request("POST", path, body)

    def patch(self, path: str, body: Object | list[Object], content: str = MERGE_PATCH) -> Object:
        """Change an object."""
        return self._request("PATCH", path, body, content)

    def delete(self, path: str, **options: Any) -> bool:
        """Delete an object; False when it was gone."""
        try:
            self._request("DELETE", path, {"kind": "DeleteOptions", "apiVersion": "v1", **options})
        except ApiError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    def _request(
        self, method: str, path: str, body: Object | list[Object] | None = None, content: str = "application/json"
    ) -> Object:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                code, answer = self._once(method, path, body, content, 20)
            except (OSError, http.client.HTTPException) as error:
                code, answer = SERVER_ERROR, str(error).encode()
            if code in OK:
                return json.loads(answer)
            if (code < SERVER_ERROR and code != BUSY) or time.monotonic() > end:
                raise ApiError(code, f"{method} {path}: {answer[:500].decode(errors='replace')}")
            time.sleep(0.5)

    def _once(
        self, method: str, path: str, body: Object | list[Object] | None, content: str, limit: float
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=limit, context=self._tls)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": content} if text else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
