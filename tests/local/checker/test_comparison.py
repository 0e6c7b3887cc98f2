"""Causes and remedies: what was concluded, and what people were told, against what is true."""

import json
from typing import Any

import pytest

from local.checker.comparison import Comparison, compare
from local.checker.evidence import Evidence
from local.checker.expected import expect
from local.checker.playbooks import shelf
from local.worlds import Expect
from tests.local.azure.building import a_fault, a_vm, a_world
from tests.local.checker.runs import (
    CAUSE,
    Story,
    a_failure,
    a_playbook,
    a_run,
    cured,
    escalated,
)


def a_notice(remedy: str, **changes: Any) -> str:
    """Return an escalation as it lies in a queue: a CloudEvent with the bundle inside."""
    bundle = {"incident": "i1", "kind": "escalated", "next": {"remedy": remedy}} | changes
    return json.dumps({"specversion": "1.0", "type": "t", "data": bundle})


def compared(story: Story, cause: str = CAUSE, **changes: Any) -> Comparison:
    """Compare a run with what its world names as the cause."""
    vm = a_vm(fault=a_fault("restart_vm"), expect=Expect(cause=cause))
    run: Evidence = a_run(story, world=a_world(vm), **changes)
    return compare(run, expect(run.world))


def test_the_cause_that_the_world_names_is_as_expected() -> None:
    """Recovered, and rightly understood."""
    assert compared(cured()).wrong_causes == ()


def test_another_cause_is_told_with_what_was_concluded() -> None:
    """Even where the machine recovered."""
    (one,) = compared(cured(), cause="internal-error").wrong_causes
    assert one.status == CAUSE


def test_a_cause_that_changes_is_wrong_too() -> None:
    """A machine of a world has one fault."""
    story = cured().add("CauseChanged", 66, playbook=a_playbook(cause="unknown"))
    (one,) = compared(story).wrong_causes
    assert one.status == "unknown"


def test_without_a_named_cause_nothing_is_compared() -> None:
    """Worlds of others need not know our playbooks."""
    run = a_run(escalated(), notices=())
    found = compare(run, expect(run.world))
    assert (found.wrong_causes, found.wrong_remedies) == ((), ())


def test_an_escalation_with_the_remedy_of_its_cause_is_right() -> None:
    """However the message is wrapped."""
    text = a_notice(shelf().playbooks[CAUSE].remedy)
    assert compared(escalated(), notices=(text,)).wrong_remedies == ()


@pytest.mark.parametrize(
    "notices",
    [
        (),
        (a_notice("Turn it off and on again."),),
        (a_notice("", kind="escalated"),),
        (a_notice(shelf().playbooks[CAUSE].remedy, incident="i2"),),
        (a_notice(shelf().playbooks[CAUSE].remedy, kind="reminder"),),
        ("no JSON",),
    ],
    ids=["none", "another", "empty", "of another incident", "a reminder", "unreadable"],
)
def test_an_escalation_without_it_is_told(notices: tuple[str, ...]) -> None:
    """People would not know what to do."""
    (one,) = compared(escalated(), notices=notices).wrong_remedies
    assert one.item.endswith("vm-1")


def test_a_recovered_machine_needs_no_remedy() -> None:
    """Nobody was asked."""
    assert compared(cured(), notices=()).wrong_remedies == ()


def test_our_backup_that_meets_another_is_no_wrong_cause() -> None:
    """It fails of that, once."""
    story = cured().add("CauseChanged", 66, playbook=a_playbook(cause="backup-in-progress"))
    assert compared(story).wrong_causes == ()


class TestAFailureThatIsHeardOfLate:
    """A second incident that is closed, since a good point followed its failure."""

    @staticmethod
    def closed(story: Story) -> Story:
        """Add such an incident."""
        story.add("IncidentOpened", 70, "i2", playbook=a_playbook(), failure=a_failure("j9"))
        return story.add("IncidentEnded", 70, "i2", status="closed", reason="", point=None)

    def test_after_a_recovery_the_machine_has_recovered(self) -> None:
        """Nothing more was to be done."""
        fault = a_fault("retry_backup", code="UserErrorGuestAgentStatusUnavailable")
        run = a_run(self.closed(cured()), world=a_world(a_vm(fault=fault)))
        found = compare(run, expect(run.world))
        assert (found.recoverable, found.recovered) == (1, 1)

    def test_alone_it_is_no_recovery(self) -> None:
        """Somebody has to have proved it."""
        fault = a_fault("retry_backup", code="UserErrorGuestAgentStatusUnavailable")
        run = a_run(self.closed(Story()), world=a_world(a_vm(fault=fault)))
        (one,) = compare(run, expect(run.world)).wrongly_escalated
        assert one.status == "closed"
