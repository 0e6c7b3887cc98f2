"""The simulated Azure in this process: the real adapters and SDKs, and no socket.

Beneath the SDK's own transport stands an adapter of ``requests`` that hands each request to the
simulation. It takes a little time, as a network would.
"""

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, override
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from functions.credential import LocalCredential
from local.azure.http.access import identities
from local.azure.http.message import Reply
from local.inprocess.wire import BASE, LATENCY, BrokenConnectionError, Wire
from remediation.arm.clients import ArmClients
from remediation.rates.watch import RateLimits
from remediation.roles import Role

if TYPE_CHECKING:
    from azure.core.pipeline.transport import RequestsTransport

__all__ = ["LATENCY", "SimulatedAdapter", "SimulatedClients"]


class SimulatedAdapter(BaseAdapter):
    """Hands requests to the simulation."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    @override
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a request; the connection breaks where the answer is lost."""
        url = urlsplit(str(request.url))
        body = request.body
        try:
            reply = self._wire.carry(
                str(request.method),
                unquote(url.path),
                query=dict(parse_qsl(url.query, keep_blank_values=True)),
                headers={name.lower(): str(value) for name, value in request.headers.items()},
                body=json.loads(body) if isinstance(body, str | bytes) and body else None,
            )
        except BrokenConnectionError as broken:
            raise requests.exceptions.ConnectionError(str(broken)) from None
        return _response(request, reply)

    @override
    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    content = reply.content
    headers = dict(reply.headers)
    if content:
        headers["Content-Type"] = "application/json"
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(content), headers=headers, status=reply.status, preload_content=False
    )
    response = requests.Response()
    response.status_code = reply.status
    response.headers = requests.structures.CaseInsensitiveDict(headers)
    response.raw = raw
    response.url = str(request.url)
    response.request = request
    return response


class SimulatedClients(ArmClients):
    """The clients of the real adapters, with the simulation beneath them."""

    def __init__(self, adapter: SimulatedAdapter, limits: RateLimits | None = None) -> None:
        # Every role by an identity of its own: no run does what the role file does not hold.
        own = {Role(name): LocalCredential(who) for name, who in identities().items()}
        super().__init__(LocalCredential(), BASE, own=own, local=True, limits=limits)
        self._adapter = adapter

    @override
    def _transport(self) -> "RequestsTransport":
        from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 - as above

        if self._shared is None:
            session = requests.Session()
            session.trust_env = False
            session.mount("http://", self._adapter)
            self._shared = RequestsTransport(
                session=session, session_owner=False, use_env_settings=False
            )
            self._shared.open()
        return self._shared
