"""A simulated Azure that really listens, and the real SDK clients that speak to it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, override

import httpx
import pytest
import uvicorn
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    RequestIdPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
)
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.resource.locks import ManagementLockClient

from local.azure.http.server import Server
from local.azure.model.simulation import Simulation
from local.worlds import World
from tests.local.azure.building import START, SUBSCRIPTION


class Credential:
    """A credential whose token nobody checks."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token for an hour."""
        return AccessToken("local", int(time.time()) + 3600)


class AllowHttp(SansIOHTTPPolicy[Any, Any]):
    """Lets the real authentication policy send its token without TLS."""

    @override
    def on_request(self, request: Any) -> None:
        """Say so for each call."""
        request.context.options.setdefault("enforce_https", False)


@dataclass
class HandClock:
    """A simulated clock that stands still until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        """Return the time."""
        return self.at

    def shrink(self, shown: timedelta) -> timedelta:
        """Let a simulated minute take a hundredth of a second."""
        return shown / 6000

    def wait(self, **length: float) -> None:
        """Move on."""
        self.at += timedelta(**length)


@dataclass
class Azure:
    """A listening server and who speaks to it."""

    server: Server
    clock: HandClock
    base: str
    policies: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Build the clients as the product builds its own."""
        credential = Credential()
        self.policies = [
            RequestIdPolicy(),
            ContentDecodePolicy(),
            AllowHttp(),
            RetryPolicy(retry_total=0),
            ARMChallengeAuthenticationPolicy(credential, "https://management.azure.com/.default"),
        ]
        options: dict[str, Any] = {"base_url": self.base, "policies": self.policies}
        self.backup: Any = RecoveryServicesBackupClient(credential, SUBSCRIPTION, **options)
        self.compute: Any = ComputeManagementClient(credential, SUBSCRIPTION, **options)
        self.locks: Any = ManagementLockClient(credential, SUBSCRIPTION, **options)

    def world(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Call a route of the world."""
        return httpx.request(method, f"{self.base}/world/{path}", json=body, trust_env=False)

    def get(self, path: str) -> Any:
        """Read a resource as ARM sends it."""
        answer = httpx.get(
            f"{self.base}{path}",
            params={"api-version": "2025-08-01"},
            headers={"Authorization": "Bearer local"},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def listening(world: World) -> Iterator[Azure]:
    """Serve a world on a free port until the end of the block."""
    clock = HandClock()
    server = Server(Simulation(world, seed=5, now=clock.now()), clock)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    web = uvicorn.Server(uvicorn.Config(server, lifespan="off", log_config=None, access_log=False))

    async def serve() -> None:
        async with server.running():
            await web.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        while not web.started and thread.is_alive():
            time.sleep(0.005)
        azure = Azure(
            server=server, clock=clock, base=f"http://127.0.0.1:{listener.getsockname()[1]}"
        )
        with azure.backup, azure.compute, azure.locks:
            yield azure
    finally:
        web.should_exit = web.force_exit = True
        thread.join(timeout=10)
        listener.close()


@pytest.fixture
def azure_of() -> Iterator[Callable[[World], Azure]]:
    """Return what starts a server for a world; all are ended with the test."""
    running: list[Any] = []

    def start(world: World) -> Azure:
        context = listening(world)
        azure = context.__enter__()
        running.append(context)
        return azure

    yield start
    for context in reversed(running):
        context.__exit__(None, None, None)
