"""What the hub's errors mean in the words of the contract. Needs no import of the hub's client."""

import os

from paft_train.errors import StageError

_REFUSED = {
    "RepositoryNotFoundError": "it does not exist, or the token may not see it",
    "GatedRepoError": "access to it must be asked for on its page, and the token must belong to that account",
    "RevisionNotFoundError": "it has no such revision",
    "EntryNotFoundError": "it has no such file",
    "DatasetNotFoundError": "it does not exist, or the token may not see it",
    "DisabledRepoError": "it is disabled",
    "BadRequestError": "the request is not valid",
}
_OFFLINE = {"OfflineModeIsEnabled"}
_FAILED = {
    "LocalEntryNotFoundError",
    "ConnectionError",
    "ConnectError",
    "ConnectTimeout",
    "ReadTimeout",
    "ReadError",
    "RemoteProtocolError",
    "TimeoutException",
    "ProxyError",
    "SSLError",
    "FileMetadataError",
    "XetDownloadError",
}


def classify(error: BaseException, what: str) -> StageError | None:
    """The reason for an error of the hub's client, looking through its causes; None when it is no such error.

    The texts of these errors are not repeated, since they hold URLs and may hold headers.
    """
    names: list[str] = []
    status: int | None = None
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        names += [kind.__name__ for kind in type(current).__mro__]
        response = getattr(current, "response", None)
        status = status or getattr(response, "status_code", None)
        current = current.__cause__ or current.__context__
    for name in names:
        if name in _REFUSED:
            return StageError("DownloadRefused", f"{what}: the hub refuses it: {_REFUSED[name]}.")
    if status is not None:
        return of_status(status, what)
    if any(name in _OFFLINE for name in names) or (os.environ.get("HF_HUB_OFFLINE") == "1" and _unreachable(names)):
        return StageError("InvalidParameter", f"{what} must be downloaded, but this pod is offline (HF_HUB_OFFLINE).")
    if _unreachable(names):
        return StageError("DownloadFailed", f"{what}: the hub did not answer ({names[0]}).")
    return None


def of_status(status: int, what: str) -> StageError:
    """The reason for an HTTP status: 4xx is a refusal, but for 408 and 429, which like 5xx may pass."""
    if status in (408, 429) or status >= 500:
        return StageError("DownloadFailed", f"{what}: the hub answered with the status {status}.")
    hint = "; the token is missing or not valid" if status in (401, 403) else ""
    return StageError("DownloadRefused", f"{what}: the hub refuses it with the status {status}{hint}.")


def _unreachable(names: list[str]) -> bool:
    return any(name in _FAILED for name in names)
