"""Redelivery: on file before the effect, removed after the copy was taken, safe to repeat."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, override

import pytest

from local.inprocess.queue import Delivery
from remediation.deeds import Deed, DeedKind, Deeds, DeedState
from remediation.incident import Door
from remediation.intake import to_cloud_event
from remediation.messages import FailureReported
from remediation.redelivery import SOON, Handled, Order, Redelivery
from state import layout
from state.memory import MemoryDeeds, MemoryUndelivered
from tests.remediation.test_reception import a_run, failed_job
from tests.state.clock import SetClock

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class DiesError(Exception):
    """The worker's death."""


class Wire:
    """A port whose n-th call dies, before or after it was carried out."""

    def __init__(self, port: object, budget: "Budget") -> None:
        self._port, self._budget = port, budget

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)

        def made(*args: Any, **kwargs: Any) -> Any:
            dies = self._budget.spend()
            if dies == "before":
                raise DiesError
            found = call(*args, **kwargs)
            if dies == "after":
                raise DiesError
            return found

        return made


class Budget:
    """Which call dies, and how."""

    def __init__(self, at: int, how: str) -> None:
        self._left, self._how = at, how

    def spend(self) -> str | None:
        """Count a call."""
        self._left -= 1
        return self._how if self._left == 0 else None


class Desk:
    """A person who deals with messages, in memory."""

    def __init__(self) -> None:
        self.undelivered, self.deeds = MemoryUndelivered(), MemoryDeeds()

    def handle(
        self, kind: DeedKind, key: str, budget: Budget | None = None, by: str = "Ada (1)"
    ) -> Handled | None:
        """Order something, over ports that may die."""
        undelivered: Any = Wire(self.undelivered, budget) if budget else self.undelivered
        deeds: Deeds | Any = Wire(self.deeds, budget) if budget else self.deeds
        redelivery = Redelivery(undelivered=undelivered, deeds=deeds, clock=SetClock())
        return redelivery.handle(Order(kind=kind, key=key, by=by, reason="mended"))

    def told(self) -> list[tuple[DeedKind, DeedState]]:
        """What is on file, in its order."""
        return [(one.kind, one.state) for one in reversed(self.deeds.newest(99))]


REPLAY, DISCARD = DeedKind.REPLAY, DeedKind.DISCARD
INTENDED, DONE, UNFIT = DeedState.INTENDED, DeedState.DONE, DeedState.UNFIT


def test_a_replay_goes_back_and_is_on_file() -> None:
    """Who, when, why, what it said, and what came of it."""
    desk = Desk()
    key = desk.undelivered.poison(layout.WAKEUPS_QUEUE, '{"kind":"wake"}', NOON)
    handled = desk.handle(REPLAY, key)
    assert handled == Handled(
        taken=True, reason="put back on wakeups, and removed from where it lay"
    )
    assert desk.undelivered.sent == [("wakeups", '{"kind":"wake"}')]
    assert desk.undelivered.peek() == ()
    done, intended = desk.deeds.newest(9)
    assert intended == Deed(
        kind=REPLAY,
        state=INTENDED,
        key=key,
        by="Ada (1)",
        reason="mended",
        at=NOON,
        text='{"kind":"wake"}',
    )
    assert done == replace(intended, state=DONE, text="", detail=handled.reason)


def test_what_is_discarded_can_still_be_read() -> None:
    """Without its secrets."""
    desk = Desk()
    key = desk.undelivered.poison(layout.EVENTS_QUEUE, "password=x and no JSON", NOON)
    handled = desk.handle(DISCARD, key)
    assert handled is not None
    assert handled.taken
    assert desk.undelivered.peek() == ()
    assert desk.undelivered.sent == []
    assert [one.text for one in desk.deeds.of(key)] == ["password=[redacted] and no JSON", ""]


def test_what_no_queue_takes_stays_and_is_on_file() -> None:
    """It can only be discarded."""
    desk = Desk()
    key = desk.undelivered.dead_letter("no JSON", NOON)
    handled = desk.handle(REPLAY, key)
    assert handled is not None
    assert not handled.taken
    assert "discard it" in handled.reason
    assert [one.key for one in desk.undelivered.peek()] == [key]
    assert desk.told() == [(REPLAY, INTENDED), (REPLAY, UNFIT)]


def test_a_repeat_is_told_what_was_done() -> None:
    """It is no fault; another order for the same message is."""
    desk = Desk()
    key = desk.undelivered.poison(layout.WAKEUPS_QUEUE, "{}", NOON)
    desk.handle(REPLAY, key)
    again, other = desk.handle(REPLAY, key), desk.handle(DISCARD, key, by="Bob (2)")
    assert again is not None
    assert other is not None
    said = "it was already replayed by Ada (1) at 2026-11-20T12:00:00Z (mended)"
    assert again == Handled(taken=True, reason=f"{said}, and nothing was done now", before=True)
    assert other == Handled(taken=False, reason=again.reason)
    assert desk.undelivered.sent == [("wakeups", "{}")]
    assert len(desk.told()) == 2


def test_a_message_that_never_was_is_nothing() -> None:
    """No line is written for a typing error."""
    desk = Desk()
    assert desk.handle(REPLAY, "wakeups-poison/9") is None
    assert desk.told() == []


@pytest.mark.parametrize("kind", list(DeedKind))
@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("at", range(1, 6))
def test_a_death_at_any_call_loses_nothing(kind: DeedKind, how: str, at: int) -> None:
    """The message lies there or was sent; whatever happened to it was on file before."""
    desk = Desk()
    key = desk.undelivered.poison(layout.WAKEUPS_QUEUE, "{}", NOON)
    with contextlib.suppress(DiesError):
        desk.handle(kind, key, Budget(at, how))
    lies = bool(desk.undelivered.peek())
    assert lies or desk.told()[:1] == [(kind, INTENDED)]
    if kind is REPLAY:
        assert lies or desk.undelivered.sent
    if desk.undelivered.sent or not lies:
        assert desk.told()[0] == (kind, INTENDED)
    desk.handle(kind, key)
    assert desk.undelivered.peek() == ()
    assert len(desk.undelivered.sent) in ({1, 2} if kind is REPLAY else {0})


def test_what_vanished_after_an_unfit_order_is_not_looked_for_for_ever() -> None:
    """Somebody removed it by hand: the order did nothing to it, and that is all there is to say."""
    desk = Desk()
    key = desk.undelivered.dead_letter("no JSON", NOON)
    desk.handle(REPLAY, key)
    assert desk.undelivered.remove(key)
    handled = desk.handle(DISCARD, key, by="Bob (2)")
    assert handled is not None
    assert not handled.taken
    assert handled.reason.startswith("it lies there no more, and nothing was done to it")
    assert "discard it" in handled.reason
    assert "soon" not in handled.reason
    assert "Ada (1) asked for its replay" in handled.reason


def test_an_unfit_order_answers_its_own_intention_alone() -> None:
    """Another person's order is still under way, or its worker died: nobody knows."""
    desk = Desk()
    key = desk.undelivered.dead_letter("no JSON", NOON)
    with contextlib.suppress(DiesError):
        desk.handle(DISCARD, key, Budget(3, "before"), by="Bob (2)")
    desk.handle(REPLAY, key)
    assert desk.told() == [(DISCARD, INTENDED), (REPLAY, INTENDED), (REPLAY, UNFIT)]
    assert desk.undelivered.remove(key)
    again = desk.handle(DISCARD, key)
    assert again is not None
    assert "look again soon; Bob (2) asked for its discard" in again.reason


def test_what_was_done_before_an_unfit_order_still_counts() -> None:
    """A replay whose original was held, then a discard that found it in other hands."""
    desk = Desk()
    held = Held()
    desk.undelivered = held
    key = held.poison(layout.WAKEUPS_QUEUE, "{}", NOON)
    desk.handle(REPLAY, key)
    desk.handle(DISCARD, key, by="Bob (2)")
    assert MemoryUndelivered.remove(held, key)
    again = desk.handle(REPLAY, key)
    assert again is not None
    assert again.taken
    assert "already replayed by Ada (1)" in again.reason


def test_soon_ends_after_an_hour() -> None:
    """A worker that died with the message removed, and said nothing of it."""
    desk = Desk()
    key = desk.undelivered.dead_letter("no JSON", NOON)
    with contextlib.suppress(DiesError):
        desk.handle(DISCARD, key, Budget(3, "after"))
    clock = SetClock()
    clock.at += SOON
    later = Redelivery(undelivered=desk.undelivered, deeds=desk.deeds, clock=clock)
    handled = later.handle(Order(kind=DISCARD, key=key, by="Ada (1)", reason="mended"))
    assert handled is not None
    assert not handled.taken
    assert "what came of it is not on file" in handled.reason


class Held(MemoryUndelivered):
    """Messages that somebody else looks at while they are to be removed."""

    @override
    def remove(self, key: str) -> bool:
        return False


@pytest.mark.parametrize(("kind", "taken", "last"), [(REPLAY, True, DONE), (DISCARD, False, UNFIT)])
def test_what_was_not_removed_is_not_said_to_be(
    kind: DeedKind, taken: bool, last: DeedState
) -> None:
    """It still lies there; a replay was sent all the same, a discard did nothing."""
    desk = Desk()
    desk.undelivered = Held()
    key = desk.undelivered.poison(layout.WAKEUPS_QUEUE, "{}", NOON)
    handled = desk.handle(kind, key)
    assert handled is not None
    assert handled.taken is taken
    assert "not removed" in handled.reason
    assert desk.told() == [(kind, INTENDED), (kind, last)]


def test_a_dead_letter_replayed_twice_opens_one_incident() -> None:
    """What its event opens is opened once, however often it is put back."""
    run = a_run()
    job = failed_job(run)
    event = to_cloud_event(FailureReported(job=job, door=Door.ALERT), run.clock.now())
    undelivered, deeds = MemoryUndelivered(), MemoryDeeds()
    redelivery = Redelivery(undelivered=undelivered, deeds=deeds, clock=run.clock)
    for _ in range(2):
        letter = json.dumps([{**event, "deadletterreason": "MaxDeliveryAttemptsExceeded"}])
        key = undelivered.dead_letter(letter, run.clock.now())
        redelivery.handle(Order(kind=REPLAY, key=key, by="Ada (1)", reason="the app is back"))
    for queue, text in undelivered.sent:
        assert queue == layout.EVENTS_QUEUE
        run.deliver(Delivery(door="events", text=text))
    assert len(undelivered.sent) == 2
    (incident,) = run.incidents
    assert [one.job for one in incident.failures] == [job]
