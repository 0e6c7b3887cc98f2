"""One request and one answer of Azure Resource Manager, apart from any socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it arrived; header names are lower-cased, ``now`` is simulated time."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    now: datetime
    body: Any = None

    @property
    def client_request_id(self) -> str | None:
        """The id that the caller gave the request."""
        return self.headers.get("x-ms-client-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; a body of ``None`` is an empty one. ``garbled`` takes the body's place."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    garbled: bytes | None = None

    @property
    def content(self) -> bytes:
        """What goes over the wire."""
        if self.garbled is not None:
            return self.garbled
        if self.body is None:
            return b""
        return json.dumps(self.body, separators=(",", ":")).encode()


class ArmError(Exception):
    """A request is refused; ``legacy`` takes the older of the two envelopes."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: list[dict[str, Any]] | None = None,
        legacy: bool = False,
    ) -> None:
        """Keep what the answer will say."""
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.text = status, code, message
        self.headers, self.details, self.legacy = dict(headers or {}), details, legacy

    def reply(self) -> Reply:
        """Return the refusal in its envelope."""
        if self.legacy:
            body: dict[str, Any] = {
                "ErrorCode": self.code,
                "Message": {"Language": "en-us", "Value": self.text},
                "Values": {},
            }
        else:
            error: dict[str, Any] = {"code": self.code, "message": self.text}
            if self.details is not None:
                error["details"] = self.details
            body = {"error": error}
        return Reply(status=self.status, body=body, headers=self.headers)


def not_found(resource: str) -> NoReturn:
    """Refuse a request for a resource that does not exist."""
    raise ArmError(404, "ResourceNotFound", f"The Resource '{resource}' was not found.")
