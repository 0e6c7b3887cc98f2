"""Does to a running stack what the deeds say, and undoes what does not end by itself."""

import heapq
import itertools
import logging
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Self, assert_never

from benchmarks.chaos.deeds import Break, Deed, Freeze, Kill, Misbehave, deeds
from local.stack.supervisor import Stack
from local.stack.world_server import CallError, call
from local.worlds import Misbehaviour

FROZEN = ("azurite", "azure", "event-grid")
LOG = logging.getLogger(__name__)


class Mayhem:
    """One seed's course of events over a stack; ``done`` counts deeds by kind."""

    def __init__(self, stack: Stack, *, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._stack = stack
        self._course = deeds(seed, stack.workers, FROZEN)
        world = stack.world
        self._items = [world.item(vm) for vm in world.vms if vm.fault is not None]
        # What is to be undone, by its time; the count keeps equal times apart.
        self._undo: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._frozen: dict[str, int] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mayhem")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for wait, deed in self._course:
                if self._idle(until=time.monotonic() + wait):
                    return
                # A program that hangs or a call that fails is what this is about.
                with suppress(CallError, ProcessLookupError):
                    self._do(deed)
        finally:
            self._undo_all()

    def _idle(self, *, until: float) -> bool:
        """Wait, undoing what is due meanwhile; whether it is over."""
        while (now := time.monotonic()) < until:
            due = min(until, self._undo[0][0]) if self._undo else until
            if self._stopped.wait(max(0.0, due - now)):
                return True
            while self._undo and self._undo[0][0] <= time.monotonic():
                heapq.heappop(self._undo)[2]()
        return self._stopped.is_set()

    def _do(self, deed: Deed) -> None:
        LOG.info("%s", deed)
        match deed:
            case Kill(worker=worker):
                os.kill(self._stack.pids[worker], signal.SIGKILL)
            case Freeze(program=program, seconds=seconds):
                if program in self._frozen:
                    return
                self._frozen[program] = self._stack.pids[program]
                os.kill(self._frozen[program], signal.SIGSTOP)
                self._later(seconds, lambda: self._thaw(program))
            case Misbehave(levels=levels, seconds=seconds):
                if "azure" in self._frozen:
                    return
                self._behave(levels)
                self._later(seconds, lambda: self._behave(Misbehaviour()))
            case Break(picks=picks):
                if "azure" in self._frozen:
                    return
                self._break(picks)
            case never:
                assert_never(never)
        self.done[type(deed).__name__.lower()] += 1

    def _later(self, seconds: float, undo: Callable[[], None]) -> None:
        heapq.heappush(self._undo, (time.monotonic() + seconds, next(self._count), undo))

    def _thaw(self, program: str) -> None:
        pid = self._frozen.pop(program, None)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _behave(self, levels: Misbehaviour) -> None:
        if "azure" in self._frozen:
            self._later(0.2, lambda: self._behave(levels))
            return
        call("PUT", f"{self._stack.addresses.world_url}/misbehaviour", asdict(levels))

    def _break(self, picks: tuple[int, ...]) -> None:
        items = sorted({self._items[pick % len(self._items)] for pick in picks})
        call("POST", f"{self._stack.addresses.world_url}/fail", {"items": items})

    def _undo_all(self) -> None:
        for program in tuple(self._frozen):
            self._thaw(program)
        self._behave(Misbehaviour())
