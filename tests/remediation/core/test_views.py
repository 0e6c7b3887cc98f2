"""What Azure shows: states in its own words, and what they mean."""

import pytest

from remediation.incident import Phase, Status
from remediation.model import Risk
from remediation.views import JobStatus
from tests.remediation.core.builders import (
    a_job,
    a_lock,
    a_protected,
    an_incident,
)


@pytest.mark.parametrize(
    ("state", "active"),
    [
        ("Protected", True),
        ("IRPending", True),
        ("ProtectionError", True),
        ("ProtectionConfigured", True),
        ("PROTECTED", True),
        ("ProtectionStopped", False),
        ("ProtectionPaused", False),
        ("Invalid", False),
        ("", False),
    ],
)
def test_protection_is_active_or_for_people(state: str, *, active: bool) -> None:
    """A first backup that is pending and one that failed are protected."""
    assert a_protected(state=state).active is active


@pytest.mark.parametrize("status", list(JobStatus))
def test_a_job_runs_until_it_has_ended(status: JobStatus) -> None:
    """One that is being cancelled still runs."""
    running = {JobStatus.IN_PROGRESS, JobStatus.CANCELLING}
    assert a_job(status=status).running is (status in running)


def test_a_locks_key_is_its_id_in_lower_case() -> None:
    """The same lock in any casing."""
    lock = a_lock("Keep-It")
    assert lock.key == f"{lock.scope}/providers/microsoft.authorization/locks/keep-it"


@pytest.mark.parametrize(
    ("phase", "status"),
    [(Phase.ASSESSING, "assessing"), (Phase.ACTING, "acting"), (Phase.RESTING, "waiting")],
)
def test_people_see_the_phase_of_an_open_incident(phase: Phase, status: str) -> None:
    """Rest is a wait where nobody has it."""
    incident = an_incident(phase=phase)
    assert incident.status == status
    assert not Status(status).final


def test_risks_are_ordered_and_written_as_words() -> None:
    """As policies and playbooks write them."""
    assert [one.word for one in sorted(Risk)][:3] == ["none", "low", "guest_io"]
    assert Risk.DOWNTIME > Risk.PLATFORM
