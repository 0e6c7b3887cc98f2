"""The few calls that the supervisor makes to the simulated Azure and to Event Grid."""

from typing import Any

import urllib3

TIMEOUT_SECONDS = 35.0


class CallError(RuntimeError):
    """A program of the stack refused a call; the text holds its answer."""


def call(method: str, url: str, document: object | None = None) -> Any:  # noqa: ANN401 - JSON
    """Send JSON and return the JSON of the answer, ``None`` when it has no body."""
    try:
        answer = urllib3.request(method, url, json=document, timeout=TIMEOUT_SECONDS, retries=False)
    except urllib3.exceptions.HTTPError as fault:
        raise CallError(f"{method} {url}: {fault}") from fault
    if answer.status >= 300:  # noqa: PLR2004 - none of these calls is redirected
        raise CallError(f"{method} {url}: {answer.status} {answer.data.decode(errors='replace')}")
    return answer.json() if answer.data else None
