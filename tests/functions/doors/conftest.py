"""The real host with the real functions, among everything the local stack has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from local.stack.supervisor import Stack
from tests.functions.doors.callers import Callers

WORLD = Path(__file__).with_name("world.yaml")
# More than one look at a queue can see.
UNREADABLE = 40


@pytest.fixture(scope="package")
def http() -> Iterator[urllib3.PoolManager]:
    """A client that does not try again, and does not wait for ever."""
    pool = urllib3.PoolManager(retries=False, timeout=30.0, maxsize=40, block=True)
    yield pool
    pool.clear()


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack of a small world in which nothing has happened yet."""
    directory = tmp_path_factory.mktemp("doors")
    with Stack(world_path=WORLD, seed=3, directory=directory) as running:
        yield running


@pytest.fixture(scope="package")
def callers(stack: Stack, http: urllib3.PoolManager) -> Callers:
    """Callers of the stack's doors.

    Messages that nobody can read are sent first: they are given up after eight tries, which takes
    seconds that other tests can use.
    """
    where = stack.addresses
    callers = Callers(
        host_url=where.host_url,
        key=where.host_key,
        storage=where.storage,
        world_url=where.world_url,
        http=http,
    )
    callers.queue("no JSON: {")
    for number in range(UNREADABLE):
        callers.queue_raw(f"no base64! {number} password=hunter2")
    return callers
