"""Estates with incidents of every kind, and the console serving them over a real connection."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import httpx
import pytest
import uvicorn

from console.app import build
from console.services import Services
from local.stack import person
from remediation.views import AgentState
from tests.azurite import azurite
from tests.console.estate import Estate, Vm, an_item

__all__ = ["azurite"]

type Serve = Callable[[Services], httpx.Client]


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """Serve the console on this machine; give its address."""
    config = uvicorn.Config(build(services), lifespan="off", log_level="critical", ws="none")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()

    def run() -> None:
        loop.run_until_complete(server.serve(sockets=[listener]))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        host, port = listener.getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """An estate after a night: ids of incidents by what became of them."""

    estate: Estate
    cured: str
    unfixable: str
    dead: str
    excluded: str
    acting: str


def a_night() -> Fleet:
    """Let backups fail and the engine work: each incident is somewhere else in the morning."""
    estate = Estate()
    cured = estate.fails("vm-cured")
    estate.azure.vms[an_item("vm-cured")].cured = True
    unfixable = estate.fails("vm-unfixable")
    dead = estate.fails(Vm(item=an_item("vm-dead"), agent=AgentState.NOT_READY))
    tags = {"backup-remediation": "off"}
    excluded = estate.fails(Vm(item=an_item("vm-excluded"), tags=tags))
    estate.passes(hours=6)
    acting = estate.fails("vm-acting")
    return Fleet(
        estate=estate,
        cured=cured,
        unfixable=unfixable,
        dead=dead,
        excluded=excluded,
        acting=acting,
    )


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """A night that tests only read."""
    return a_night()


@pytest.fixture(scope="module")
def base(fleet: Fleet) -> Iterator[str]:
    """The console over the night that is only read."""
    with serving(fleet.estate.services) as address:
        yield address


@pytest.fixture(scope="module")
def web(base: str) -> Iterator[httpx.Client]:
    """A caller of that console who is nobody."""
    with httpx.Client(base_url=base) as client:
        yield client


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve an estate of the test's own; the caller is a local person with all roles."""
    with ExitStack() as closing:

        def start(services: Services) -> httpx.Client:
            address = closing.enter_context(serving(services))
            client = httpx.Client(base_url=address, headers=person.headers())
            return closing.enter_context(client)

        yield start


def guarded(services: Services) -> Services:
    """Return the services of a console in which reading needs a person, too."""
    return replace(services, anonymous_read=False)
