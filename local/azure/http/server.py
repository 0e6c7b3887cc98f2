"""The server: ARM at the root, the world under ``/world``, one process and one event loop."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.azure.http.action_group import ActionGroup, Clock
from local.azure.http.message import ArmError, Reply, Request
from local.azure.http.misbehaviour import Fate
from local.azure.http.service import ArmService
from local.azure.http.world import World
from local.azure.model.simulation import Simulation

LOG = logging.getLogger(__name__)
TICK_SECONDS = 0.2
_WORLD = "/world"


class Server:
    """An ASGI application around one simulation."""

    def __init__(self, simulation: Simulation, clock: Clock) -> None:
        """Take the world and the clock that all processes of the stack share."""
        self._simulation, self._clock = simulation, clock
        self.service = ArmService(simulation)
        self._group: ActionGroup | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let time pass in the world, and alerts go out, also when nobody asks for anything."""
        self._group = ActionGroup(self._clock)
        ticking = asyncio.create_task(self._tick(self._group))
        try:
            yield
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
            await self._group.close()

    async def _tick(self, group: ActionGroup) -> None:
        """Advance the world a few times a second."""
        while True:
            try:
                self._simulation.advance(self._clock.now())
                for alert in self._simulation.fired():
                    group.send(alert)
            except Exception:
                LOG.exception("the world could not be advanced")
            await asyncio.sleep(TICK_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        http = HttpRequest(scope, receive)
        try:
            body = await _body(http)
        except ValueError:
            fault = ArmError(400, "InvalidRequestContent", "The request content is not valid JSON.")
            await _response(fault.reply())(scope, receive, send)
            return
        path: str = scope["path"]
        if path == _WORLD or path.startswith(_WORLD + "/"):
            await _response(self._world(http.method, path, body))(scope, receive, send)
            return
        outcome = self.service.answer(self._request(http, path, body), real_time=time.time())
        if outcome.fate is Fate.CONNECTION_CLOSED:
            _hang_up(send)
            return
        await _response(outcome.reply)(scope, receive, send)

    def _world(self, method: str, path: str, body: object) -> Reply:
        """Answer a request to the world itself."""
        if self._group is None:
            return Reply(status=503, body={"error": "the server has not started"})
        world = World(self.service, self._group)
        return world.answer(method, path[len(_WORLD) :], body, self._clock.now())

    def _request(self, http: HttpRequest, path: str, body: object) -> Request:
        """Take what the service needs from an HTTP request."""
        return Request(
            method=http.method,
            path=path,
            query=dict(http.query_params),
            headers={name.lower(): value for name, value in http.headers.items()},
            base_url=str(http.base_url).rstrip("/"),
            now=self._clock.now(),
            body=body,
        )


async def _body(http: HttpRequest) -> object:
    """Read a body; raises ValueError if it is no JSON."""
    content = await http.body()
    return json.loads(content) if content else None


def _response(reply: Reply) -> ASGIApp:
    """Turn an answer into an HTTP response."""
    content = reply.content
    if not content:
        return Response(status_code=reply.status, headers=dict(reply.headers))
    return Response(
        content,
        status_code=reply.status,
        headers=dict(reply.headers),
        media_type="application/json",
    )


def _hang_up(send: Send) -> None:
    """Close the connection without an answer.

    ASGI has no word for it, and a response that is never started makes uvicorn answer 500.
    ``send`` is a method of uvicorn's own request cycle, which holds the connection.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("the connection cannot be closed: not under uvicorn")
    transport.abort()
