"""A backup group's lock and its duty as one value, and the lives of those who want it away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from remediation.duties import Duty
from remediation.keeper import LockKeeper
from remediation.messages import Finding, Outcome, Refused, Succeeded, Transient, Unknown
from remediation.race import LostRace
from remediation.views import Lock
from tests.engine_kit.interleaving import Ask, Call, Worker

SUBSCRIPTION = "10000000-aaaa-4000-8000-000000000001"
GROUP = "azurebackuprg_westeurope_1"
LOCK = Lock(
    name="keep",
    scope=f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{GROUP}",
    level="CanNotDelete",
    notes="Set by the platform team.",
)
NOW = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)
AFTER = NOW + timedelta(hours=1)
LATER = NOW + timedelta(hours=25)
TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is shared: whether the lock stands, its duty, and whether the first hour is over.

    By then no request of it is on its way any more: what a worker sends after that never arrives.
    """

    late: bool = False
    stands: Lock | None = LOCK
    duty: Duty | None = None


def carry_out(
    group: Group, call: Call, ways: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Any, Group]]:
    """Answer a call of a port in every way that ``ways`` names for it."""
    name, args = call
    match name:
        case "at_group" | "all":
            yield (() if group.duty is None else (group.duty,)), group
        case "get":
            yield group.duty, group
        case "put":
            yield _put(group, args[0])
        case "listed":
            yield (() if group.stands is None else (group.stands,)), group
        case "an hour later":
            yield None, replace(group, late=True)
        case "remove":
            ways_of = ways.get(f"remove {args[1]}", ("done",))
            after = replace(group, stands=None)
            # What is sent after its time is up never arrives.
            yield from _sent(("never arrived",) if group.late else ways_of, group, after)
        case "put_back":
            yield from _sent(ways.get(name, ("done",)), group, replace(group, stands=args[0]))
        case _:
            yield None, group


def _put(group: Group, duty: Duty) -> tuple[Duty | LostRace, Group]:
    kept = group.duty.version if group.duty else None
    if kept != duty.version:
        return LostRace(), group
    stored = replace(duty, version=str(int(kept or 0) + 1))
    return stored, replace(group, duty=stored)


def _sent(ways: tuple[str, ...], before: Group, after: Group) -> Iterator[tuple[Outcome, Group]]:
    return (_answered(way, before, after) for way in ways)


def _answered(way: str, before: Group, after: Group) -> tuple[Outcome, Group]:
    match way:
        case "done":
            return Succeeded(done=True), after
        case "lost":
            return Unknown(reason="the answer was lost"), after
        case "never arrived":
            return Unknown(reason="the answer was lost"), before
        case "refused":
            return Refused(reason="forbidden"), before
        case _:
            return Transient(reason="throttled"), before


@dataclass(frozen=True, slots=True)
class AskedDuties:
    """``Duties`` whose every call is a place where another worker may come in between."""

    ask: Ask

    def get(self, lock_key: str) -> Duty | None:
        """Read the duty."""
        return cast("Duty | None", self.ask("get", lock_key))

    def put(self, duty: Duty) -> Duty | LostRace:
        """Write it under its version."""
        return cast("Duty | LostRace", self.ask("put", duty))

    def all(self) -> tuple[Duty, ...]:
        """Every duty."""
        return cast("tuple[Duty, ...]", self.ask("all"))

    def at_group(self, subscription: str, group: str) -> tuple[Duty, ...]:
        """Duties of the group."""
        return cast("tuple[Duty, ...]", self.ask("at_group", subscription, group))


@dataclass(frozen=True, slots=True)
class AskedLocks:
    """``Locks``, likewise."""

    ask: Ask

    def at_group(self, subscription: str, group: str) -> tuple[Lock, ...]:
        """List the locks of the group."""
        return cast("tuple[Lock, ...]", self.ask("listed", subscription, group))

    def remove(self, lock: Lock, *, request_id: str) -> Outcome:
        """Delete the lock."""
        return cast("Outcome", self.ask("remove", lock, request_id))

    def put_back(self, lock: Lock, *, request_id: str) -> Outcome:
        """Create it again."""
        return cast("Outcome", self.ask("put_back", lock, request_id))


def keeper(ask: Ask) -> LockKeeper:
    """Return a keeper of one worker."""
    return LockKeeper(duties=AskedDuties(ask), locks=AskedLocks(ask))


def incident(name: str, tries: int = TRIES) -> Worker:
    """Return the life of an incident that needs the lock away: take it away, work, leave."""

    def live(ask: Ask) -> object:
        holder, taken = (name, 1), _taken(ask, name, tries)
        if isinstance(taken, Succeeded) and taken.done:
            # Here the clean-up backup runs.
            ask("holds")
        ask("an hour later")
        left: Outcome = Transient(reason="not yet")
        for _ in range(tries):
            left = keeper(ask).leave(holder=holder, now=AFTER)
            if isinstance(left, Succeeded):
                break
        return taken, left

    return live


def _taken(ask: Ask, name: str, tries: int) -> Outcome | Finding:
    taken: Outcome | Finding = Transient(reason="not yet")
    for _ in range(tries):
        taken = keeper(ask).take_away(
            subscription=SUBSCRIPTION,
            group=GROUP,
            names=(LOCK.name,),
            holder=(name, 1),
            request_id=f"request-{name}",
            now=NOW,
        )
        if not isinstance(taken, Transient):
            break
    if isinstance(taken, Unknown) or (isinstance(taken, Succeeded) and not taken.done):
        return keeper(ask).seen_away(
            subscription=SUBSCRIPTION, group=GROUP, holder=(name, 1), now=NOW
        )
    return taken


def sweep(*, live: bool, now: datetime = SOON) -> Worker:
    """Return a sweep's part of duties; ``live``: it believes that all who wait are at work."""

    def run(ask: Ask) -> object:
        waits: dict[bool, Any] = {True: lambda _: True, False: lambda _: False}
        return [keeper(ask).put_back(one, now) for one in keeper(ask).due(now, waits[live])]

    return run


def promised(group: Group) -> str | None:
    """Return what is wrong with the promise to put the lock back; None: it stands."""
    if group.stands == LOCK:
        return None
    if group.stands is not None:
        return f"the lock stands as {group.stands}"
    duty = group.duty
    if duty is None or not duty.away:
        return f"the lock is away, and its duty says {duty.state if duty else 'nothing'}"
    if duty.lock != LOCK:
        return f"the duty would bring back {duty.lock}"
    if duty.restore_by > NOW + timedelta(hours=24):
        return f"the duty is due at {duty.restore_by}"
    return None
