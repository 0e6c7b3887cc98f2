"""Wake-ups twice, late, early or out of order: only the committed number does anything."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.checker.guarantees import verify
from local.inprocess.queue import Delivery
from remediation.incident import Incident, Status
from remediation.messages import Woken
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.local.azure.building import a_fault, a_vm, a_world

MINUTE = timedelta(minutes=1)


def an_open_run() -> tuple[Run, Incident]:
    """Return a run whose incident has just started its first backup."""
    run = Run(a_world(a_vm(fault=a_fault("retry_backup")), history_days=1), seed=3)
    run.begin()
    assert run.run(done=lambda: bool(run.open))
    return run, run.open[0]


def woken(incident: Incident, number: int) -> Woken:
    """Return a wake-up."""
    return Woken(item=incident.item, incident=incident.id, number=number)


@pytest.mark.parametrize("off", [-1, 1, 7])
def test_a_number_that_is_not_the_committed_one_does_nothing(off: int) -> None:
    """Nothing is read of Azure, committed or sent."""
    run, incident = an_open_run()
    assert incident.wake is not None
    run.clock.jump(incident.wake.at)
    requests, sent = len(run.service.journal), run.queue.sent
    receipt = run.engine.wake(woken(incident, incident.wake.number + off))
    assert "stale" in receipt.detail
    assert (len(run.service.journal), run.queue.sent) == (requests, sent)
    assert run.open == [incident]


def test_a_wake_up_that_comes_a_day_early_is_sent_again_and_looks_at_nothing() -> None:
    """A queue delays a day at most."""
    run, incident = an_open_run()
    assert incident.wake is not None
    requests, sent = len(run.service.journal), run.queue.sent
    receipt = run.engine.wake(woken(incident, incident.wake.number))
    assert receipt.detail == "re-armed"
    assert (len(run.service.journal), run.queue.sent) == (requests, sent + 1)


def test_a_redelivered_wake_up_does_not_fork_a_second_chain() -> None:
    """The second delivery finds another number: it only makes sure that the next one was sent."""
    run, incident = an_open_run()
    assert incident.wake is not None
    run.clock.jump(incident.wake.at)
    number = incident.wake.number
    run.engine.wake(woken(incident, number))
    after = run.open or run.ended
    run.engine.wake(woken(incident, number), redelivered=True)
    assert (run.open or run.ended) == after


def test_a_wake_up_of_another_incident_of_the_item_does_nothing() -> None:
    """The incident it was for has ended."""
    run, incident = an_open_run()
    message = Woken(item=incident.item, incident="another", number=1)
    assert run.engine.wake(message).detail == "the incident has ended"


@pytest.mark.proof
@given(
    world=st.sampled_from(["retry_backup", "reapply_vm", "restart_agent"]),
    seed=st.integers(0, 5),
    extra=st.lists(
        st.tuples(st.integers(0, 400), st.integers(-6, 2), st.integers(1, 3)), max_size=12
    ),
)
def test_no_wake_up_at_a_wrong_time_changes_the_end(
    world: str, seed: int, extra: list[tuple[int, int, int]]
) -> None:
    """Copies of any number, at any minute, delivered for the first or the third time."""
    run = Run(WORLDS[world], seed=seed)
    run.begin()
    assert run.run(done=lambda: bool(run.open))
    incident = run.open[0]
    for minute, off, count in sorted(extra):
        run.run(until=run.clock.now() + minute * MINUTE / 12)
        for open_ in run.open:
            number = (open_.wake.number if open_.wake else 0) + off
            text = run.text_of(woken(open_, max(number, 1)))
            run.deliver(Delivery(door="wakeups", text=text, count=count))
    assert run.run_until_settled()
    assert [one.id for one in run.incidents] == [incident.id]
    assert run.incidents[0].status is Status.RECOVERED
    broken = {name: one.detail for name, one in verify(run.evidence()).items() if not one.held}
    assert not broken
    chains = [one for one in run.queue.waiting if incident.id in one.text]
    assert len(chains) <= 1 + len(extra)
