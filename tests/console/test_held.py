"""A line of a list says which guards hold an incident back, and costs no further read."""

import html
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

import pytest
from typer.testing import CliRunner

from console.cli import app
from console.services import Services
from console.views.incident import IncidentLine
from console.views.why import why
from remediation.approval import Approval
from remediation.ids import ItemId
from remediation.incident import Incident, Objection
from remediation.model import Mode
from remediation.pauses import Pause
from state.audit import AuditReader
from state.memory import MemoryPartitions
from tests.console.conftest import Serve
from tests.console.estate import EVENING, POLICY, Estate
from tests.console.test_page import section

PAUSED = "Ann (1) has paused everything until 2026-11-21T01:00:00Z: network change"


def paused(*names: str, **policy: Any) -> tuple[Estate, list[str]]:
    """An estate that a person has paused, and the incidents of these machines in it."""
    estate = Estate(replace(POLICY, **policy))
    pause = Pause(
        id="p-1",
        scope="*",
        reason="network change",
        by="Ann (1)",
        at=EVENING,
        until=EVENING + timedelta(hours=4),
    )
    estate.pauses.put(pause)
    return estate, [estate.fails(name) for name in names]


def head(estate: Estate, identity: str, *guards: str, **changes: Any) -> Incident:
    """The incident, held by these guards instead."""
    found = estate.reader.incident(identity)
    assert found is not None
    assert found.incident.hold is not None
    objections = tuple(Objection(guard=one, reason=f"because of {one}") for one in guards)
    hold = replace(found.incident.hold, objections=objections or found.incident.hold.objections)
    return replace(found.incident, hold=hold, **changes)


def listed(address: object) -> str:
    """What the command lists, with each run of spaces as one."""
    words = ["incidents", "--api", f"{str(address).rstrip('/')}/api"]
    found = CliRunner().invoke(app, words, env={"COLUMNS": "400"})
    assert found.exit_code == 0, found.output
    return " ".join(found.stdout.split())


def test_api_page_and_command_name_the_guard_its_reason_and_the_next_look(serve: Serve) -> None:
    """In the words of ``why``."""
    estate, (identity,) = paused("vm-01")
    web = serve(estate.services)
    (line,) = web.get("/api/incidents").json()["items"]
    whole = web.get(f"/api/incidents/{identity}").json()
    assert line["held"] == whole["held"] == whole["why"]["reasons"]
    assert line["held"] == [
        {"guard": "paused", "reason": PAUSED, "until": "2026-11-21T01:00:00Z"},
    ]
    waiting = html.unescape(section(web.get("/").text, "waiting"))
    assert f"<small><b>paused</b> {PAUSED}</small>" in waiting
    assert "21 Nov 2026 01:00 UTC" in waiting
    told = listed(web.base_url)
    for part in ("paused: Ann (1) has paused", "looked at again 2026-11-21 01:00Z"):
        assert part in told


@pytest.mark.parametrize(
    ("guards", "held"),
    [
        (("mode",), []),
        (("budget", "mode", "cool_down"), ["budget", "cool_down"]),
        (("window",), ["window"]),
    ],
    ids=str,
)
def test_what_the_summary_says_of_the_mode_is_not_said_twice(
    guards: tuple[str, ...], held: list[str]
) -> None:
    """The other guards are named with their reasons, as the summary has their names only."""
    estate, (identity,) = paused("vm-01")
    line = IncidentLine.of(head(estate, identity, *guards))
    assert [one.guard for one in line.held] == held
    assert ("mode" in line.summary) is ("mode" in guards)


def test_where_a_yes_is_missing_the_other_guards_are_named(serve: Serve) -> None:
    """The summary tells of the yes; where nobody is asked, the guard does."""
    estate, (identity,) = paused("vm-01")
    asked = Approval(
        key="k", rung=0, action="restart_vm", asked_at=EVENING, until=EVENING + timedelta(hours=1)
    )
    guards = ("approval", "window", "mode")
    line = IncidentLine.of(head(estate, identity, *guards, approval=asked))
    assert [one.guard for one in line.held] == ["window", "mode"]
    assert "waits for a person's yes" in line.summary
    line = IncidentLine.of(head(estate, identity, "approval", "window"))
    assert [one.guard for one in line.held] == ["approval", "window"]
    asking = Estate(replace(POLICY, mode=Mode.APPROVE))
    asking.fails("vm-01")
    (shown,) = serve(asking.services).get("/api/incidents").json()["items"]
    assert (shown["asks"], shown["held"]) == ("retry_backup", [])


def test_what_has_ended_or_acts_is_held_by_nothing() -> None:
    """No guard of yesterday stands beside what is done today."""
    estate, (identity,) = paused("vm-01")
    estate.passes(hours=5)
    found = estate.reader.incident(identity)
    assert found is not None
    assert IncidentLine.of(found.incident).held == ()


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
        ("wait, " * 30, "wait, " * 19 + "wait…"),
    ],
    ids=["fits", "one-word", "words"],
)
def test_a_long_reason_is_cut_in_a_list_and_whole_in_why(reason: str, shown: str) -> None:
    """At a word where there is one."""
    estate, (identity,) = paused("vm-01")
    found = head(estate, identity)
    assert found.hold is not None
    objection = Objection(guard="window", reason=reason)
    found = replace(found, hold=replace(found.hold, objections=(objection,)))
    assert [one.reason for one in IncidentLine.of(found).held] == [shown]
    assert [one.reason for one in why(found).reasons] == [reason]


class Several(MemoryPartitions):
    """Partitions that count how often they are asked, and whose incidents five guards hold."""

    def __init__(self, estate: Estate) -> None:
        super().__init__(estate.memory)
        self.asked: Counter[str] = Counter()

    @override
    def incident(self, item: ItemId, incident: str) -> Incident | None:
        self.asked["incident"] += 1
        found = super().incident(item, incident)
        if found is None or found.hold is None:
            return found
        objections = tuple(
            Objection(guard=f"guard_{number}", reason="<b>no</b> \x1b[2J") for number in range(5)
        )
        return replace(found, hold=replace(found.hold, objections=objections))

    @override
    def records_of(self, item: ItemId, incident: str | None = None) -> Any:
        self.asked["records_of"] += 1
        return super().records_of(item, incident)


def over(estate: Estate, partitions: MemoryPartitions) -> Services:
    """The services of an estate that read its incidents from there."""
    reader = AuditReader(partitions=partitions, index=estate.index, ledger=estate.ledger)
    return replace(estate.services, reader=reader)


def test_where_the_page_has_the_deadline_in_its_column_the_next_look_stands_beside(
    serve: Serve,
) -> None:
    """Of what waits for a yes, and is held by others, too."""
    estate = Estate(replace(POLICY, mode=Mode.APPROVE))
    estate.fails("vm-01")
    asking = serve(over(estate, Several(estate))).get("/").text
    assert "<small>Looked at again <time" in section(asking, "needs-you")


def test_a_list_reads_each_head_once_and_names_three_guards(serve: Serve) -> None:
    """Lists open no incident; of many guards the rest is counted, and none of it is alive."""
    estate, ids = paused("vm-01", "vm-02", "vm-03")
    partitions = Several(estate)
    web = serve(over(estate, partitions))
    answer = web.get("/api/incidents").json()
    assert [len(one["held"]) for one in answer["items"]] == [5, 5, 5]
    assert partitions.asked == {"incident": 3}
    told = listed(web.base_url)
    assert partitions.asked == {"incident": 6}
    assert "guard_2: <b>no</b>" in told
    assert "guard_3" not in told
    assert f"2 more: remediator why {ids[0]}" in told
    partitions.asked.clear()
    page = section(web.get("/").text, "waiting")
    assert partitions.asked == {"incident": 3}
    assert page.count("<small><b>guard 2</b> &lt;b&gt;no&lt;/b&gt;") == 3
    assert page.count("<small>2 more</small>") == 3
    assert "guard 3" not in page
