"""What a job's end means."""

import pytest

from remediation.catalogue.verdict import Verdict, verdict
from remediation.views import JobError, JobStatus
from tests.remediation.catalogue.building import a_job, a_recorded_job, an_error

_DONE = {"Take Snapshot": "Completed", "Transfer data to vault": "Completed"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("320001", Verdict.FAILED),
        ("400136", Verdict.FAILED),
        ("400158", Verdict.CANCELLED),
        ("400309", Verdict.FAILED),
        ("400446", Verdict.SUCCEEDED),
        ("snapshot-failed", Verdict.FAILED),
    ],
)
def test_a_recorded_job_is_judged(name: str, expected: Verdict) -> None:
    """Five of the six ended with warnings or half done, and one of those is a success."""
    assert verdict(a_recorded_job(name)) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (JobStatus.IN_PROGRESS, Verdict.RUNNING),
        (JobStatus.CANCELLING, Verdict.RUNNING),
        (JobStatus.COMPLETED, Verdict.SUCCEEDED),
        (JobStatus.CANCELLED, Verdict.CANCELLED),
        (JobStatus.FAILED, Verdict.FAILED),
    ],
)
def test_a_status_that_says_it_all_is_believed(status: JobStatus, expected: Verdict) -> None:
    """Only warnings need a second look."""
    assert verdict(a_job(status=status)) is expected


def test_a_failed_job_that_was_only_cancelled_is_no_failure() -> None:
    """A cancelled backup shows as failed with 400158."""
    assert verdict(a_job(an_error(number=400158))) is Verdict.CANCELLED


def test_a_failed_job_with_another_error_beside_the_cancel_is_a_failure() -> None:
    """The cancel followed from the fault, then."""
    job = a_job(an_error(number=400158), an_error("BackUpOperationFailed"))
    assert verdict(job) is Verdict.FAILED


@pytest.mark.parametrize("name", ["Transfer data to vault", "Transfer Data to Vault"])
def test_a_warning_whose_transfer_failed_is_a_failure(name: str) -> None:
    """There is a snapshot, and nothing in the vault; both spellings of the task are seen."""
    tasks = {"Take Snapshot": "Completed", name: "Failed"}
    job = a_job(an_error(number=400446), status=JobStatus.WARNINGS, tasks=tasks)
    assert verdict(job) is Verdict.FAILED


def test_a_warning_whose_transfer_was_cancelled_was_cancelled() -> None:
    """By a person: nobody else cancels."""
    tasks = {"Take Snapshot": "Completed", "Transfer data to vault": "Cancelled"}
    job = a_job(status=JobStatus.WARNINGS, tasks=tasks)
    assert verdict(job) is Verdict.CANCELLED


def test_a_warning_that_the_list_does_not_explain_needs_the_detail() -> None:
    """A list's item has no tasks."""
    assert verdict(a_job(status=JobStatus.WARNINGS)) is Verdict.NEEDS_DETAIL


def test_a_warning_that_the_detail_does_not_explain_is_a_failure() -> None:
    """Only the crash-consistent point is a success with a warning."""
    job = a_job(an_error("SomethingNew", 499999), status=JobStatus.WARNINGS, tasks=_DONE)
    assert verdict(job) is Verdict.FAILED


def test_a_second_warning_spoils_the_crash_consistent_point() -> None:
    """The only warning has to be 400446."""
    job = a_job(an_error(number=400446), an_error("Else"), status=JobStatus.WARNINGS, tasks=_DONE)
    assert verdict(job) is Verdict.FAILED


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (an_error("USERERRORBACKUPTOOKCRASHCONSISTENTSNAPSHOT"), Verdict.SUCCEEDED),
        (an_error("UserErrorJobSuccessfullyCancelled"), Verdict.CANCELLED),
        (an_error("ResourceNotFound"), Verdict.FAILED),
    ],
)
def test_a_code_without_its_number_means_the_same(error: JobError, expected: Verdict) -> None:
    """Either may be absent, and casing varies."""
    assert verdict(a_job(error, status=JobStatus.WARNINGS, tasks=_DONE)) is expected
