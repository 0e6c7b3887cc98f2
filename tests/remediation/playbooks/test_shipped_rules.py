"""Rules that every shipped playbook keeps, whatever its cause."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from remediation.guards.pacing import FREEZE_CAUSES
from remediation.model import CauseClass, Need, Playbook, Rung
from remediation.playbooks.ladder import ESCALATE
from remediation.playbooks.library import Entry, Example
from remediation.playbooks.loader import load
from remediation.repertoire import ACTIONS, CONDITIONS, INSPECTED

LIBRARY = load()
ENTRIES = list(LIBRARY.entries.values())
PLAYBOOKS = [entry.playbook for entry in ENTRIES]
# A machine is backed up once a day: a ladder that waits longer has missed the next run.
INTERVAL = timedelta(hours=24)
# Whoever reads a remedy has nothing else: it says more than one sentence.
SHORTEST = 120

_FORBIDDEN = re.compile(
    r"cancel|stop|deallocate|(?<!re)start_vm|delete_(snapshot|recovery|vault)|grant|access|nsg|antivirus"
)


def _names(entries: list[Entry]) -> list[str]:
    return [entry.playbook.id for entry in entries]


def _rungs() -> Iterator[tuple[Playbook, int, Rung]]:
    for playbook in PLAYBOOKS:
        for at, rung in enumerate(playbook.ladder):
            yield playbook, at, rung


@pytest.mark.parametrize("entry", ENTRIES, ids=_names(ENTRIES))
def test_a_playbook_explains_itself(entry: Entry) -> None:
    """What happened, what a person does, and the article behind it."""
    playbook = entry.playbook
    assert len(entry.about) >= SHORTEST // 2
    assert len(playbook.remedy) >= SHORTEST
    assert playbook.references
    for link in playbook.references:
        assert re.match(r"https://(learn\.microsoft\.com/(?!..-..)|aka\.ms/)", link), link
    assert "\t" not in entry.text


@pytest.mark.parametrize("entry", ENTRIES, ids=_names(ENTRIES))
def test_a_ladder_waits_less_than_a_day_in_all(entry: Entry) -> None:
    """Waiting for the schedule aside: that is the interval itself."""
    waits = sum((rung.wait * rung.tries for rung in entry.playbook.ladder), timedelta())
    assert waits < INTERVAL


@pytest.mark.parametrize("entry", ENTRIES, ids=_names(ENTRIES))
def test_a_ladder_begins_with_evidence(entry: Entry) -> None:
    """Whatever is done, what was seen before stands beside it."""
    ladder = entry.playbook.ladder
    assert not ladder or ladder[0].do == "collect_evidence"


@pytest.mark.parametrize("entry", ENTRIES, ids=_names(ENTRIES))
def test_examples_show_where_the_ladder_is_climbed_and_where_nothing_acts(entry: Entry) -> None:
    """A cause that may act has an example of each; one for people escalates in all of its own."""
    own = [one for one in entry.examples if one.cause == entry.playbook.id]
    acting = any(ACTIONS[rung.do].acts for rung in entry.playbook.ladder)
    if entry.generic:
        assert own == []
    elif entry.playbook.cause_class is CauseClass.PEOPLE:
        assert {one.expect for one in own} == {ESCALATE}
    elif acting:
        assert any(one.expect != ESCALATE for one in own)
        assert len(own) < len(entry.examples) or not all(_acts(one) for one in own)
        assert len(entry.examples) > 1


def _acts(example: Example) -> bool:
    return example.expect != ESCALATE and ACTIONS[example.expect].acts


@pytest.mark.parametrize(
    "playbook",
    [one for one in PLAYBOOKS if one.cause_class is CauseClass.PEOPLE],
    ids=lambda one: one.id,
)
def test_a_cause_for_people_only_looks(playbook: Playbook) -> None:
    """It collects evidence and inspects; it neither acts nor waits."""
    for rung in playbook.ladder:
        assert rung.do == "collect_evidence" or ACTIONS[rung.do].inspects


@pytest.mark.parametrize("name", sorted(FREEZE_CAUSES))
def test_a_freeze_is_not_repeated_on_the_same_day(name: str) -> None:
    """No rung acts: a second freeze within hours has hung machines for good."""
    entry = LIBRARY.entries[name]
    assert [rung.do for rung in entry.playbook.ladder if ACTIONS[rung.do].acts] == []
    assert "wait_for_schedule" in [rung.do for rung in entry.playbook.ladder]
    assert {"retry_backup", "clean_up_restore_points"} <= set(entry.never)


def test_a_mount_that_does_not_open_is_not_frozen_again_either() -> None:
    """It is for people, and a retry stands under never."""
    assert "retry_backup" in LIBRARY.entries["mount-unreachable"].never


def test_nothing_in_the_repertoire_is_on_the_never_list() -> None:
    """Cancel, stop protection, start or deallocate, delete points or snapshots, grant, edit."""
    assert [name for name in ACTIONS if _FORBIDDEN.search(name)] == []


def test_actions_and_conditions_exist() -> None:
    """Every rung names an action, facts and values that the repertoire knows."""
    for playbook, _, rung in _rungs():
        assert rung.do in ACTIONS, playbook.id
        for fact, values in rung.when.items():
            assert set(values) <= CONDITIONS[fact], playbook.id


def test_what_only_an_inspection_tells_is_asked_behind_it() -> None:
    """Before it, the fact cannot be told, and the rung would never be entered."""
    for playbook, at, rung in _rungs():
        before = {one.do for one in playbook.ladder[:at]}
        for fact in set(rung.when) & set(INSPECTED):
            teller = "inspect_network" if fact == "outbound" else "inspect_guest"
            assert teller in before, (playbook.id, rung.do, fact)


def test_what_goes_through_the_agent_asks_for_a_ready_one_in_a_running_machine() -> None:
    """Inspections and repairs of the guest, and on the system that they are written for."""
    for playbook, _, rung in _rungs():
        action = ACTIONS[rung.do]
        if not action.needs_agent:
            continue
        assert rung.when.get("agent") == ("ready",), (playbook.id, rung.do)
        assert rung.when.get("power") == ("running",), (playbook.id, rung.do)
        if action.os is not None:
            assert rung.when.get("os") == (action.os,), (playbook.id, rung.do)


def test_a_restart_needs_approval_and_window_and_a_deletion_approval() -> None:
    """Whoever approves one also says when."""
    for playbook, _, rung in _rungs():
        if rung.do == "restart_vm":
            assert rung.needs == {Need.APPROVAL, Need.WINDOW}, playbook.id
        if rung.do == "delete_restore_point_collection":
            assert Need.APPROVAL in rung.needs, playbook.id


def test_every_action_stands_on_a_ladder() -> None:
    """None is written for nothing."""
    assert {rung.do for _, _, rung in _rungs()} == set(ACTIONS)


def test_what_a_person_must_not_be_told_to_do_stands_in_no_remedy() -> None:
    """The agent of Linux comes from the distribution; protection is stopped by people only."""
    for playbook in PLAYBOOKS:
        text = " ".join(playbook.remedy.split())
        assert "pip install" not in text, playbook.id
        if "GitHub" in text:
            assert "never from GitHub" in text, playbook.id


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda one: one.id)
def test_a_command_of_a_remedy_stands_on_one_line(playbook: Playbook) -> None:
    """It is copied as it stands: a command that is broken runs in half."""
    for line in playbook.remedy.splitlines():
        assert line.count("`") % 2 == 0, line
