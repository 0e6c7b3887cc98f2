"""When a run is over, and each thing that it waits for."""

from datetime import timedelta
from typing import Any

import pytest

from local.checker.expected import Expectation
from local.checker.trail import ItemTrail
from local.demo.incidents import incidents
from local.demo.settled import awaited
from tests.local.checker.runs import a_job, our_job
from tests.local.demo.remains import a_machine, a_trail, a_truth, an_expectation, at


def waits(
    *trails: ItemTrail, truth: dict[str, Any] | None = None, expected: Expectation | None = None
) -> str:
    """Return what is waited for."""
    expectations = [expected or an_expectation()]
    return "; ".join(awaited(truth or a_truth(), trails, incidents(trails), expectations))


def test_a_run_is_over_when_everything_recovered() -> None:
    """Nothing is open, and nothing is on its way."""
    assert waits(a_trail()) == ""


@pytest.mark.parametrize("status", ["assessing", "acting", "proving", "waiting"])
def test_an_open_incident_is_waited_for(status: str) -> None:
    """Whatever is being done about it."""
    assert "incidents open: 1" in waits(a_trail(status))


def test_what_may_only_be_watched_is_over_when_it_says_what_it_would_have_done() -> None:
    """The mode lets nothing be done, however long one waits."""
    says = {"guard": "mode", "reason": "mode is observe: would have run retry_backup"}
    truth = a_truth(a_machine(cured_at=None))

    def waiting_for(*objections: dict[str, str]) -> str:
        trail = a_trail("waiting", hold={"objections": list(objections)})
        return waits(trail, truth=truth, expected=an_expectation())

    assert waiting_for(says) == ""
    assert "incidents open: 1" in waiting_for({"guard": "cool_down", "reason": "soon"})


@pytest.mark.parametrize(
    ("answers", "over"),
    [
        ([], True),
        ([{"by": "anna", "yes": True}], True),
        ([{"by": "anna", "yes": True}, {"by": "ben", "yes": True}], False),
        ([{"by": "anna", "yes": False}], False),
    ],
    ids=["nobody answered", "one of two", "both said yes", "no"],
)
def test_what_people_are_asked_for_is_in_their_hands(
    answers: list[dict[str, Any]], *, over: bool
) -> None:
    """Until enough of them said yes, or one said no: then it goes on."""
    says = {"guard": "approval", "reason": "retry_backup waits for 2 of 2 approvals"}
    approval = {"key": "k", "needed": 2, "answers": answers}
    trail = a_trail("waiting", hold={"objections": [says]}, approval=approval)

    found = waits(trail, truth=a_truth(a_machine(cured_at=None)))

    assert ("incidents open: 1" not in found) is over


def test_people_are_not_waited_for() -> None:
    """What nothing cures ends with them."""
    escalation = {"at": at(20), "reason": "", "ladder_goes_on": False}
    hopeless = an_expectation("restart_vm", code="UserErrorGuestAgentStatusUnavailable")
    truth = a_truth(a_machine(cured_at=None))

    assert waits(a_trail("escalated", escalation=escalation), truth=truth, expected=hopeless) == ""


def test_the_first_backup_of_every_machine_is_waited_for() -> None:
    """Until then nobody knows whether it fails."""
    truth = a_truth(a_machine(), a_machine(jobs=[a_job(ended=None, status="InProgress")]))

    assert waits(a_trail(), truth=truth) == "machines before their first backup: 1"


def test_a_failure_that_is_not_on_file_is_waited_for() -> None:
    """The sweep has to have its chance."""
    truth = a_truth(a_machine(jobs=[a_job(), a_job("j7")]))

    assert waits(a_trail(), truth=truth) == "failures not on file: 1"


@pytest.mark.parametrize(
    "job",
    [
        our_job("j7", "r1", status="Failed", number=400196),
        a_job("j7", kind="history"),
        a_job("j7", status="Cancelled", number=400158),
        a_job("j7", status="CompletedWithWarnings", number=400446),
    ],
    ids=["our own", "of old", "cancelled", "crash consistent"],
)
def test_what_is_no_new_failure_is_not_waited_for(job: dict[str, Any]) -> None:
    """Our own is known by its request id, the others need no repair."""
    assert waits(a_trail(), truth=a_truth(a_machine(jobs=[a_job(), job]))) == ""


class TestAnEscalationThatNeedsOnlyTime:
    """People were asked, and the matter goes on without them."""

    TRAIL = a_trail("escalated", escalation={"at": at(20), "reason": "", "ladder_goes_on": False})

    def test_a_cured_machine_is_waited_for_until_its_schedule_must_have_proved_it(self) -> None:
        """A day, and some hours."""
        soon = a_truth(a_machine(cured_at=at(14)), minutes=60)
        late = a_truth(a_machine(cured_at=at(14)), minutes=60 * 31)

        assert waits(self.TRAIL, truth=soon) == "repairs without proof: 1"
        assert waits(self.TRAIL, truth=late) == ""

    def test_a_fault_that_will_heal_is_waited_for(self) -> None:
        """It is expected to recover."""
        healing = an_expectation("restart_vm", heals_after=timedelta(days=2))
        truth = a_truth(a_machine(cured_at=None))

        assert waits(self.TRAIL, truth=truth, expected=healing) == "repairs without proof: 1"

    def test_a_ladder_that_goes_on_is_waited_for(self) -> None:
        """Only its deadline called for people."""
        escalation = {"at": at(20), "reason": "", "ladder_goes_on": True}
        truth = a_truth(a_machine(cured_at=None))

        going_on = waits(a_trail("escalated", escalation=escalation), truth=truth)
        assert going_on == "repairs without proof: 1"


def test_a_lock_that_is_away_is_waited_for_while_it_may_be() -> None:
    """A day and an hour."""
    away = [{"present": False, "removed_at": at(20)}]

    assert waits(a_trail(), truth=a_truth(locks=away)) == "locks away: 1"
    assert waits(a_trail(), truth=a_truth(locks=away, minutes=60 * 26)) == ""


def test_a_notice_that_is_not_sent_is_waited_for_for_a_while() -> None:
    """Then it stands open with an alarm, or a promise is broken."""
    escalation = {"at": at(20), "reason": "", "ladder_goes_on": False}
    trail = a_trail("escalated", escalation=escalation, notices=[{"key": "k", "sent": False}])
    hopeless = an_expectation("restart_vm")

    early = waits(trail, truth=a_truth(minutes=60), expected=hopeless)
    assert early == "notices not sent: 1"
    assert waits(trail, truth=a_truth(minutes=200), expected=hopeless) == ""
