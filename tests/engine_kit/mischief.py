"""Faults put into a run: at the n-th call of a port, or at the n-th request to Azure.

A worker can die before a call, die when it is done, or lose the answer; a storage account can
refuse. ``Died`` is no ``Exception``, as nothing in a process outlives its end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast, override


class Died(BaseException):
    """The worker's process ended here."""


class OutOfOrderError(Exception):
    """Storage cannot be reached, or its answer is lost: dead infrastructure, as ports tell it."""


class Mode(StrEnum):
    """What happens at the chosen call."""

    DIE_BEFORE = "die before"
    DIE_AFTER = "die after"
    FAIL_BEFORE = "fail before"
    FAIL_AFTER = "fail after"

    @override
    def __repr__(self) -> str:
        """Return Python that names it, as scenarios are pasted into tests."""
        return f"Mode.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: at the call of this number, counted from 1 over a whole run."""

    call: int
    mode: Mode


@dataclass(slots=True)
class Mischief:
    """Counts every call of every port and request to Azure, and strikes where it is told to.

    ``struck`` names the calls at which it did. ``between`` is called before each call: there
    another worker may come in.
    """

    faults: dict[int, Mode] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    between: Callable[[], None] = lambda: None

    def around[T](self, name: str, do: Callable[[], T], failure: Callable[[], Exception]) -> T:
        """Carry out one call, or what becomes of it."""
        self.between()
        self.calls.append(name)
        mode = self.faults.get(len(self.calls))
        if mode is None:
            return do()
        self.struck.append(f"{mode} call {len(self.calls)}, {name}")
        if mode is Mode.DIE_BEFORE:
            raise Died(name)
        if mode is Mode.FAIL_BEFORE:
            raise failure()
        do()
        raise Died(name) if mode is Mode.DIE_AFTER else failure()

    def guard[P](self, port: P, name: str, failure: type[Exception] = OutOfOrderError) -> P:
        """Return the port with every call counted; ``failure`` is how it tells that it failed."""
        return cast("P", _Guarded(port, name, self, failure))


class _Guarded:
    """A port behind its mischief."""

    def __init__(
        self, port: object, name: str, mischief: Mischief, failure: type[Exception]
    ) -> None:
        self._port, self._name, self._mischief = port, name, mischief
        self._failure = failure

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found
        name = f"{self._name}.{method}"

        def call(*args: Any, **options: Any) -> Any:
            def do() -> Any:
                answer = found(*args, **options)
                # What a port hands out bit by bit is read here, so that the call is over with it.
                return iter(tuple(answer)) if hasattr(answer, "__next__") else answer

            return self._mischief.around(name, do, lambda: self._failure(name))

        return call
