"""Receipts: what an invocation did, in one word."""

from collections.abc import Callable

from remediation.incident import Incident
from remediation.messages import Decision, Failed, Succeeded, Woken
from remediation.ports import Loaded
from remediation.receipt import receipt_of
from remediation.records import Record
from tests.remediation.core.builders import (
    ITEM,
    a_failure_seen,
    a_playbook,
    a_recovered_picture,
    an_incident,
)
from tests.remediation.core.story import Story

WOKEN = Woken(item=ITEM, incident="inc-1", number=1)


def kind(records: list[Record], incident: Incident | None = None) -> str:
    """The word for a decision."""
    loaded = Loaded(item=ITEM, incident=incident)
    return receipt_of(loaded, WOKEN, Decision(records=tuple(records)), incident).kind


def since(story: Story, count: int) -> list[Record]:
    """The records of the newest decision."""
    return story.records[count:]


def test_each_decision_has_its_word() -> None:
    """Opening, poll, step, told, ending; the weightiest counts."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("retry_backup", "reapply_vm")))
    words = [kind(story.records)]
    events: tuple[Callable[[], object], ...] = (
        lambda: story.hears(Succeeded(handle="op")),
        lambda: story.sees(Failed(reason="failed")),
        lambda: story.sees(Failed(reason="failed")),
        lambda: story.wakes(a_recovered_picture()),
    )
    for event in events:
        before = len(story.records)
        event()
        words.append(kind(since(story, before)))
    assert words == ["opening", "poll", "step", "told", "ending"]


def test_an_event_that_is_no_wake_up_and_decides_little_is_other() -> None:
    """Answers and duplicates."""
    receipt = receipt_of(Loaded(item=ITEM), a_failure_seen(), Decision(), None)
    assert (receipt.kind, receipt.incident, receipt.attempt) == ("other", None, 0)
    assert receipt.item == ITEM.key


def test_a_receipt_names_the_attempt_and_whether_its_rung_acts_before_the_proof() -> None:
    """A retry is nothing but its proof."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm")))
    decision = Decision(records=tuple(story.records))
    receipt = receipt_of(Loaded(item=ITEM), WOKEN, decision, story.open)
    assert (receipt.incident, receipt.attempt, receipt.rung_acts) == ("inc-1", 1, True)
    idle = receipt_of(Loaded(item=ITEM), WOKEN, Decision(), an_incident())
    assert (idle.attempt, idle.rung_acts) == (0, False)
