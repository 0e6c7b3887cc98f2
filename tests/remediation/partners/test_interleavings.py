"""Never two members of one group are worked on at once, whoever comes in between.

Every order of the table's requests of several workers is looked at, over the real adapter and the
real conditional writes beneath it; and every place where one of them may die.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableServiceClient

from remediation.ids import ItemId
from remediation.messages import FailureReported, Woken
from remediation.model import Risk
from remediation.partners import Partners
from remediation.partnership import Claim, Group, Kind
from remediation.urgency import Waiter
from state.claims import TableClaims
from tests.engine_kit.interleaving import Ask, Call, Exploration, Explored, Worker
from tests.remediation.core.builders import NOW, SUBSCRIPTION

GROUPS = {
    name: Group(kind=Kind.TAG, key=f"tag|app|{name}", name="app", value=name) for name in ("g", "h")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The table's rows, each with its version, and who is at work on what."""

    rows: frozenset[tuple[str, str, str, int]] = frozenset()
    busy: frozenset[tuple[str, str]] = frozenset()
    called: frozenset[str] = frozenset()
    # Of the machine on which two workers act for one attempt: its records, and whether a step runs.
    stands: tuple[int, bool] = (0, False)

    def row(self, key: str) -> tuple[str, str, str, int] | None:
        """Return a row."""
        return next((one for one in self.rows if one[0] == key), None)


class Row(dict[str, Any]):
    """A row as the SDK hands it over."""

    def __init__(self, found: tuple[str, str, str, int]) -> None:
        key, group, body, version = found
        super().__init__(RowKey=key, PartitionKey=SUBSCRIPTION, group=group, body=body)
        self.metadata = {"etag": str(version)}


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A table whose every request is a place where another worker may come in between."""

    ask: Ask

    def get_table_client(self, _name: str) -> "AskedTable":
        """Return itself: there is one table."""
        return self

    def get_entity(self, _partition: str, key: str) -> Row:
        """Read a row."""
        found = self.ask("get", key)
        if found is None:
            raise ResourceNotFoundError
        return Row(found)

    def create_entity(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Insert a row."""
        version = self.ask("put", row["RowKey"], row["group"], row["body"], 0)
        if version is None:
            raise ResourceExistsError
        return {"etag": str(version)}

    def update_entity(self, row: Mapping[str, Any], *, etag: str, **_: Any) -> dict[str, str]:
        """Replace a row under its version."""
        version = self.ask("put", row["RowKey"], row["group"], row["body"], int(etag))
        if version is None:
            raise ResourceModifiedError
        return {"etag": str(version)}


def committed(shared: Shared, base: int, runs: bool) -> tuple[bool, Shared]:
    """Commit a step that runs, or that none does, on what was decided on."""
    if base != shared.stands[0]:
        return False, shared
    busy = shared.busy - {("a", "g")} | ({("a", "g")} if runs else set())
    return True, replace(shared, stands=(base + 1, runs), busy=busy)


def written(
    shared: Shared, key: str, group: str, body: str, version: int
) -> tuple[int | None, Shared]:
    """Write a row under its version."""
    kept = shared.row(key)
    if (kept[3] if kept else 0) != version:
        return None, shared
    rows = (shared.rows - {kept} if kept else shared.rows) | {(key, group, body, version + 1)}
    return version + 1, replace(shared, rows=rows)


def carry_out(shared: Shared, call: Call) -> Iterator[tuple[Any, Shared]]:
    """Answer a call."""
    name, args = call
    match name:
        case "get":
            yield shared.row(args[0]), shared
        case "put":
            yield written(shared, *args)
        case "load":
            yield shared.stands, shared
        case "look":
            # A partner may change from one look to the next.
            yield True, shared
            yield False, shared
        case "commit":
            yield committed(shared, *args)
        case "calls":
            yield None, replace(shared, called=shared.called | set(args))
        case "begins":
            yield None, replace(shared, busy=shared.busy | set(args))
        case _:
            yield None, replace(shared, busy=shared.busy - set(args))


@dataclass(frozen=True, slots=True)
class Calls:
    """A queue of wake-ups: who is called is noted."""

    ask: Ask

    def send(self, message: Woken | FailureReported, *, at: datetime) -> None:
        """Note who is called."""
        del at
        assert isinstance(message, Woken)
        self.ask("calls", message.incident)


def a_waiter(name: str) -> Waiter:
    """A machine's incident, as it stands in a line."""
    item = ItemId.of(SUBSCRIPTION, "Web", name)
    return Waiter(incident=name, item=item, act_by=None, rank=2, until=NOW)


def life(name: str, *groups: str) -> Worker:
    """A worker with a machine in these groups: asks, works where it may, and gives back."""

    def lived(ask: Ask) -> object:
        service = cast("TableServiceClient", AskedTable(ask))
        clock: Any = SimpleNamespace(now=lambda: NOW)
        nobody: Any = None
        claims = TableClaims(service, writer=name)
        partners = Partners(claims=claims, machines=nobody, wakeups=Calls(ask), clock=clock)
        item = ItemId.of(SUBSCRIPTION, "Web", name)
        claim = Claim(
            holder=f"{name}-1",
            item=item,
            action="reapply_vm",
            since=NOW,
            until=NOW + timedelta(hours=24),
        )
        mine = [GROUPS[one] for one in groups]
        answer = partners.ask(claim, mine, Risk.LOW, a_waiter(name), looks=False)
        if answer.objection is not None:
            partners.back(item, answer.claimed, claim.holder, claim.position)
            return "held"
        marks = [(name, one) for one in groups]
        ask("begins", *marks)
        ask("ends", *marks)
        partners.back(item, [one.key for one in mine], claim.holder, claim.position)
        return "worked"

    return lived


def nudged(writer: str) -> Worker:
    """One of the workers that act for one attempt, by one name, on whatever stands."""

    def lived(ask: Ask) -> object:
        service = cast("TableServiceClient", AskedTable(ask))
        clock: Any = SimpleNamespace(now=lambda: NOW)
        nobody: Any = None
        claims = TableClaims(service, writer=writer)
        partners = Partners(claims=claims, machines=nobody, wakeups=Calls(ask), clock=clock)
        item = ItemId.of(SUBSCRIPTION, "Web", "a")
        records, runs = ask("load")
        if runs:
            return "left"
        claim = Claim(
            holder="a-1",
            item=item,
            action="reapply_vm",
            since=NOW,
            until=NOW + timedelta(hours=24),
            position=records,
        )
        answer = partners.ask(claim, [GROUPS["g"]], Risk.LOW, a_waiter("a"), looks=False)
        well = answer.objection is None and ask("look")
        if not ask("commit", records, well):
            if not ask("load")[1]:
                partners.back(item, answer.claimed, claim.holder, records)
            return "lost"
        if not well:
            partners.back(item, answer.claimed, claim.holder, records)
            return "held"
        # The step is done, or not.
        if ask("commit", records + 1, False):
            partners.back(item, answer.claimed, claim.holder, records + 1)
        return "worked"

    return lived


def explored(workers: Sequence[Worker], *, deaths: int = 0) -> Explored[Shared]:
    """Look at every state."""

    def check(shared: Shared, _calls: object) -> None:
        at_work = [group for _, group in shared.busy]
        assert len(at_work) == len(set(at_work)), f"two at once: {sorted(shared.busy)}"
        if shared.stands[1]:
            assert GROUPS["g"].key in claimed(shared), "a step runs, and its claim was given back"

    found = Exploration(workers=workers, carry_out=carry_out, check=check, deaths=deaths).explore(
        Shared()
    )
    print(f"{found.states} states, {found.transitions} transitions, {len(found.ends)} ends")
    return found


def claimed(shared: Shared) -> list[str]:
    """Return the groups that somebody has."""
    return sorted(group for _, group, body, _ in shared.rows if body)


def test_two_partners_in_every_order_never_work_at_once() -> None:
    """Somebody always may; all is given back; and who is held may be called for it."""
    found = explored([life("a", "g"), life("b", "g")])
    results = {results for _, results in found.ends}
    assert results == {("worked", "worked"), ("worked", "held"), ("held", "worked")}
    called = {(shared.called, results) for shared, results in found.ends}
    # Who came to stand in line when the group was free already looks again by itself.
    assert {(frozenset("b"), ("worked", "held")), (frozenset(), ("worked", "held"))} <= called
    assert (frozenset("b"), ("held", "worked")) not in called
    assert all(claimed(shared) == [] for shared, _ in found.ends)


def test_two_workers_for_one_attempt_never_give_back_what_the_other_needs() -> None:
    """By one name, on one state or on a later one; whichever of them finds the partner well."""
    found = explored([nudged("one"), nudged("two")])
    results = {results for _, results in found.ends}
    assert {("worked", "lost"), ("held", "worked"), ("held", "lost"), ("left", "worked")} <= results
    assert all(claimed(shared) == [] for shared, _ in found.ends)


@pytest.mark.proof
def test_two_workers_for_one_attempt_and_a_partner_never_work_at_once() -> None:
    """The partner begins as soon as the group is free."""
    found = explored([nudged("one"), nudged("two"), life("b", "g")])
    assert any("worked" in results[:2] and results[2] == "held" for _, results in found.ends)
    assert any(results[2] == "worked" for _, results in found.ends)
    assert all(claimed(shared) == [] for shared, _ in found.ends)


@pytest.mark.proof
def test_three_workers_over_two_groups_never_work_at_once_and_never_wait_for_each_other() -> None:
    """One is in both groups: it claims them in one order, and keeps none where one is taken."""
    found = explored([life("a", "g", "h"), life("b", "h"), life("c", "g")])
    assert found.states > 1_000
    assert any(results == ("held", "worked", "worked") for _, results in found.ends)
    assert any(results[0] == "worked" for _, results in found.ends)
    assert all("worked" in results for _, results in found.ends)
    assert all(claimed(shared) == [] for shared, _ in found.ends)


@pytest.mark.proof
def test_whoever_dies_holds_its_partners_back_until_somebody_gives_its_claim_back() -> None:
    """Dead in the middle of its work it may have left anything behind."""
    found = explored([life("a", "g"), life("b", "g", "h")], deaths=1)
    for shared, _ in found.ends:
        for _, group in shared.busy:
            assert GROUPS[group].key in claimed(shared)
