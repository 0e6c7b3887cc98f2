"""Starts the programs of the local stack in order, keeps the host alive, and ends them all."""

import json
import logging
import secrets
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from azure.storage.queue import QueueServiceClient

from functions.clock import ScaledClock
from local import storage, worlds
from local.child import ROOT, Child, ChildError
from local.event_grid.topic import COUNTERS, SUBSCRIPTIONS
from local.stack import environment, policy_document
from local.stack.subscriptions import (
    EVENTS_QUEUE,
    PUSH_FUNCTION,
    QUEUES,
    WAKEUPS_QUEUE,
    subscriptions,
)
from local.stack.world_server import call
from local.worlds.loading import DEFAULT

HOST = "host"
# The host drains and stores nothing in the others, so it and Event Grid end before what they use.
FIRST_STOP_SECONDS = 6.0
LAST_STOP_SECONDS = 2.0
WATCH_SECONDS = 0.2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where everything is; the two addresses of Azure are empty in a stack without it."""

    storage: str
    arm_base_url: str
    world_url: str
    topic_base_url: str
    topic_endpoint: str
    topic_key: str
    host_url: str
    host_key: str
    events_queue: str = EVENTS_QUEUE
    wakeups_queue: str = WAKEUPS_QUEUE

    @property
    def alert_url(self) -> str:
        """The alert door, with its key."""
        return f"{self.host_url}/api/alerts?code={self.host_key}"

    @property
    def host_counters_url(self) -> str:
        """The host's storage requests and invocations."""
        return f"{self.host_url}/admin/host/counters"

    @property
    def topic_counters_url(self) -> str:
        """The topic's events and deliveries."""
        return f"{self.topic_base_url}{COUNTERS}"


class Stack:
    """A running local stack: a context manager that ends every program it started.

    ``failed`` is set when a program other than the host ended by itself; the host is started again.
    """

    def __init__(
        self,
        *,
        world_path: Path | None = None,
        seed: int = 0,
        speed: float | None = None,
        app: Path = ROOT,
        directory: Path | None = None,
        with_azure: bool = True,
        workers: int = 1,
        host_python: Sequence[str] = (sys.executable,),
        host_environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Read the world; nothing is started. Raises ``WorldFault``.

        ``workers``: how many functions' hosts share the queues. The first one takes what comes by
        HTTP. ``host_python`` and ``host_environment``: how they are started, where they are to see
        other packages than these.
        """
        self.world = worlds.load(world_path) if world_path else worlds.default()
        policy_document.text_of(self.world)
        self.directory = directory or _run_directory()
        self.failed = threading.Event()
        self.host_restarts = 0
        self._world_path = world_path or DEFAULT
        self._seed = seed
        self._speed = self.world.speed if speed is None else speed
        self._app = app
        self._with_azure = with_azure
        self.workers = (HOST, *(f"{HOST}-{number}" for number in range(2, workers + 1)))
        self._host_python = host_python
        self._host_environment = dict(host_environment)
        self._children: dict[str, Child] = {}
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def host_pid(self) -> int:
        """The process id of the functions' host that runs now."""
        return self._children[HOST].pid

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of all programs, by name."""
        return {name: child.pid for name, child in self._children.items()}

    def start(self) -> None:
        """Return when all programs are ready; raises ``ChildError`` and ``CallError``."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def begin(self) -> None:
        """Let the world's backups run, fail and report."""
        call("PUT", f"{self.addresses.world_url}/alert-target", {"url": self.addresses.alert_url})
        call("POST", f"{self.addresses.world_url}/begin")

    def stop(self) -> None:
        """End all programs, within ten seconds; safe to call twice."""
        with self._starting:
            self._stopping.set()
        for names, seconds in (
            ((*self.workers, "event-grid"), FIRST_STOP_SECONDS),
            (("azure", "azurite"), LAST_STOP_SECONDS),
        ):
            children = [self._children[name] for name in names if name in self._children]
            deadline = time.monotonic() + seconds
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.stop(seconds=max(0.0, deadline - time.monotonic()))

    def _start(self) -> None:
        """Start what others need first."""
        started = storage.start(log=self.directory / "azurite.log")
        self._children["azurite"] = started.child
        with QueueServiceClient.from_connection_string(started.connection_string) as service:
            for queue in QUEUES:
                service.create_queue(queue)
        self.clock = ScaledClock.starting(self.world.start, speed=self._speed)
        azure = self._start_azure() if self._with_azure else {"arm_base_url": "", "world_url": ""}
        topic_key, host_key = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        topic = self._start_event_grid(started.connection_string, topic_key)
        settings = environment.of_host(
            storage=started.connection_string,
            arm_endpoint=azure["arm_base_url"],
            clock=str(self.clock),
            topic_endpoint=topic["topic_endpoint"],
            topic_key=topic_key,
            host_key=host_key,
            scopes=[vault.subscription for vault in self.world.vaults],
            policy=self.world.policy,
            policy_file=policy_document.write(self.world, self.directory),
        )
        self._host_settings = settings
        host = self._start_host(HOST, port=0)
        for worker in self.workers[1:]:
            self._start_host(worker, port=0)
        self.addresses = Addresses(
            storage=started.connection_string,
            arm_base_url=azure["arm_base_url"],
            world_url=azure["world_url"],
            topic_base_url=topic["base_url"],
            topic_endpoint=topic["topic_endpoint"],
            topic_key=topic_key,
            host_url=host["base_url"],
            host_key=host_key,
        )
        push = PUSH_FUNCTION in host["functions"]
        for name, document in subscriptions(
            host_url=host["base_url"], host_key=host_key, push=push
        ).items():
            call("PUT", f"{topic['base_url']}{SUBSCRIPTIONS}{name}", document)
        self._watcher.start()

    def _start_azure(self) -> dict[str, str]:
        return self._start_child(
            "azure",
            "local.azure",
            ["--world", str(self._world_path), "--seed", str(self._seed)],
            ["--clock", str(self.clock), "--port", "0"],
        )

    def _start_event_grid(self, connection_string: str, key: str) -> dict[str, str]:
        config = {
            "key": key,
            "connection_string": connection_string,
            "clock": str(self.clock),
            "seed": self._seed,
            "disorder": {"duplicated": 0.05, "delayed": 0.2, "longest_delay_seconds": 120},
        }
        path = self.directory / "event-grid.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        return self._start_child("event-grid", "local.event_grid", ["--config", str(path)])

    def _start_host(self, name: str, *, port: int) -> dict[str, str]:
        return self._start_child(
            name,
            "local.host",
            ["--app", str(self._app), "--port", str(port)],
            settings={**self._host_settings, **self._host_environment},
            python=self._host_python,
        )

    def _start_child(
        self,
        name: str,
        module: str,
        *arguments: Sequence[str],
        settings: dict[str, str] | None = None,
        python: Sequence[str] = (sys.executable,),
    ) -> dict[str, str]:
        words = [word for group in arguments for word in group]
        with self._starting:
            if self._stopping.is_set():
                raise ChildError(f"{name} is not started: the stack is being stopped")
            child = Child.start(
                name,
                [*python, "-m", module, *words],
                log=self.directory / f"{name}.log",
                environment=settings,
            )
            self._children[name] = child
        return child.await_ready()

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_SECONDS):
            for name, child in tuple(self._children.items()):
                if child.running or self._stopping.is_set():
                    continue
                if name in self.workers:
                    self._restart_host(name, child)
                elif not self.failed.is_set():
                    log.error("%s ended by itself with code %s", name, child.process.returncode)
                    self.failed.set()

    def _restart_host(self, name: str, dead: Child) -> None:
        log.warning("%s (%d) ended with code %s", name, dead.pid, dead.process.returncode)
        dead.stop()
        port = int(self.addresses.host_url.rpartition(":")[2]) if name == HOST else 0
        try:
            self._start_host(name, port=port)
        except ChildError as fault:
            log.error("%s does not start: %s", name, fault)  # noqa: TRY400 - its log says why
            self._stopping.wait(1.0)
        else:
            self.host_restarts += 1
            log.warning("%s runs again as %d", name, self._children[name].pid)


def _run_directory() -> Path:
    now = datetime.now(UTC)
    directory = Path.cwd() / ".local" / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    directory.mkdir(parents=True)
    return directory
