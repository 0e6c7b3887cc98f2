"""Recovered: only by a valid recovery point, clause by clause."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.incident import AttemptResult, Baseline, Status
from remediation.messages import Absent, Done, Failed, Running, Succeeded, Unknown
from remediation.records import AttemptEnded, IncidentEnded, StepLooked
from remediation.recovery import (
    SHOWN_WITHIN,
    SLACK,
    baseline,
    good,
    maker,
    newest_good,
    proof,
    settling,
    worth_reading,
)
from remediation.views import Consistency, Job, JobError, JobStatus, Tier, Unreadable
from tests.remediation.core.builders import (
    DAY,
    FAILED_AT,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    PROTECTED,
    a_failure,
    a_good_job,
    a_job,
    a_picture,
    a_point,
    a_protected,
    a_recovered_picture,
    a_snapshot,
    an_incident,
)
from tests.remediation.core.story import Story, kinds

SECOND = timedelta(seconds=1)
CRASH = JobError(code="CrashConsistent", number=400446, message="crash-consistent")
OTHER = JobError(code="TransferFailed", number=400001, message="transfer failed")


def proved(*points: Any, jobs: Any = (), **incident: Any) -> Status | None:
    """What the standard incident is proved to be by these points."""
    picture = a_picture(*(jobs or (a_job(), a_good_job())), points=points)
    found = proof(an_incident(**incident), picture)
    return found.status if found else None


def test_a_good_point_recovers_the_incident() -> None:
    """The record names the point that proves it."""
    story = Story()
    story.fails()
    story.hears(Succeeded(handle="op"))
    attempt, ended = story.wakes(a_recovered_picture())
    reason = f"a valid recovery point of {a_point().time.isoformat()}"
    assert attempt == AttemptEnded(attempt=1, result=AttemptResult.CURED, detail=reason)
    assert ended == IncidentEnded(
        status=Status.RECOVERED, reason=reason, point=a_point().time, point_id="point-1"
    )


def test_an_incident_without_a_failure_is_measured_from_its_opening() -> None:
    """Nothing is known of a job: what came after the opening counts, what lay before is older."""
    older = a_point(NOW - DAY, id="older", consistency=Consistency.APPLICATION)
    crash = a_point(consistency=Consistency.CRASH)
    assert proved(older, crash, failures=(), baseline=None) is Status.RECOVERED_DEGRADED


def test_a_point_begun_before_the_failed_jobs_end_proves_nothing() -> None:
    """Also where it is the failed job's own snapshot."""
    job = a_good_job(started=NIGHT + MINUTE)
    assert proved(a_point(FAILED_AT), jobs=(a_job(), job)) is None
    assert proved(a_point(FAILED_AT + MINUTE), jobs=(a_job(), job)) is Status.RECOVERED


def test_the_newest_failure_counts() -> None:
    """A point between two failures proves nothing."""
    failures = (a_failure(), a_failure("job-9", started=NOW, ended=NOW + HOUR))
    assert proved(a_point(), failures=failures) is None


def test_a_point_that_is_not_in_the_vault_proves_nothing() -> None:
    """Its transfer failed or is still running."""
    assert proved(a_point(tiers=frozenset({Tier.SNAPSHOT}))) is None


def test_a_snapshot_is_enough_where_the_policy_keeps_nothing_else() -> None:
    """The item's own policy says which tier counts."""
    snapshot = a_snapshot(a_job(), a_good_job(), protected=a_protected(vault_tier=False))
    points = (a_point(tiers=frozenset({Tier.SNAPSHOT})),)
    found = proof(an_incident(), a_picture(snapshot=snapshot, points=points))
    assert found is not None
    assert found.status is Status.RECOVERED


@pytest.mark.parametrize(
    ("status", "errors", "counts"),
    [
        (JobStatus.COMPLETED, (), True),
        (JobStatus.WARNINGS, (CRASH,), True),
        (JobStatus.WARNINGS, (CRASH, OTHER), False),
        (JobStatus.WARNINGS, (OTHER,), False),
        (JobStatus.WARNINGS, (), False),
        (JobStatus.FAILED, (CRASH,), False),
        (JobStatus.CANCELLED, (), False),
        (JobStatus.IN_PROGRESS, (), False),
    ],
)
def test_only_a_completed_job_or_the_warning_400446_alone_makes_a_point_valid(
    status: JobStatus, errors: tuple[JobError, ...], *, counts: bool
) -> None:
    """Every other end may have left a point that cannot be restored."""
    job = replace(a_good_job(), status=status, errors=errors)
    assert good(job) is counts
    assert (proved(a_point(), jobs=(a_job(), job)) is Status.RECOVERED) is counts


def test_a_point_that_no_job_made_proves_nothing() -> None:
    """A job is named by the time of the point."""
    assert proved(a_point(NOW + 3 * HOUR)) is None


def test_a_point_belongs_to_the_job_in_whose_time_it_began() -> None:
    """The vault stamps within five minutes; a job without an end counts with its start."""
    job = a_good_job()
    assert job.ended is not None
    assert maker(a_point(job.started - 5 * MINUTE), (job,)) is job
    assert maker(a_point(job.ended + 5 * MINUTE), (job,)) is job
    assert maker(a_point(job.ended + 6 * MINUTE), (job,)) is None
    assert maker(a_point(job.started + 6 * MINUTE), (replace(job, ended=None),)) is None
    running = replace(job, status=JobStatus.IN_PROGRESS)
    assert maker(a_point(), (running,)) is None


@pytest.mark.parametrize("before", [Consistency.APPLICATION, Consistency.FILE_SYSTEM])
def test_a_crash_consistent_point_is_less_than_what_was_before(before: Consistency) -> None:
    """Recovered, but degraded: people are told what is missing."""
    point = a_point(consistency=Consistency.CRASH)
    found = proof(
        an_incident(baseline=Baseline(time=NIGHT - DAY, consistency=before)),
        a_recovered_picture(points=(point,)),
    )
    assert found is not None
    assert found.status is Status.RECOVERED_DEGRADED
    assert found.reason.endswith(
        f"exists, but it is crash-consistent where the last good one was {before.value}"
    )


@pytest.mark.parametrize("before", [Consistency.CRASH, None])
def test_a_crash_consistent_point_is_enough_where_there_was_nothing_better(
    before: Consistency | None,
) -> None:
    """Nothing is demanded that the item never had, or that nobody knows."""
    last = Baseline(time=NIGHT - DAY, consistency=before)
    assert proved(a_point(consistency=Consistency.CRASH), baseline=last) is Status.RECOVERED


def test_a_point_with_fewer_disks_is_degraded() -> None:
    """A disk that was left out is missed at the restore."""
    story = Story()
    story.fails()
    story.hears(Succeeded(handle="op"))
    story.wakes(a_recovered_picture(points=(a_point(disks=1),)))
    assert story.open.status is Status.RECOVERED_DEGRADED
    assert story.open.ending is not None
    assert story.open.ending.reason.endswith("it holds 1 disks where the last good one held 2")


@pytest.mark.parametrize(("disks", "before"), [(None, 2), (1, None), (2, 2), (3, 2)])
def test_disks_count_only_where_both_are_known(disks: int | None, before: int | None) -> None:
    """What the vault does not tell degrades nothing."""
    last = Baseline(time=NIGHT - DAY, consistency=Consistency.APPLICATION, disks=before)
    assert proved(a_point(disks=disks), baseline=last) is Status.RECOVERED


def test_without_a_point_before_every_valid_point_recovers() -> None:
    """The first point of an item is measured against nothing."""
    point = a_point(consistency=Consistency.CRASH)
    assert proved(point, baseline=None) is Status.RECOVERED


def test_a_baseline_of_which_only_the_time_is_known_is_looked_up_among_the_points() -> None:
    """The newest point before the failed job began."""
    older = a_point(NIGHT - DAY, consistency=Consistency.APPLICATION)
    crash = a_point(consistency=Consistency.CRASH)
    only_time = Baseline(time=NIGHT - DAY)
    assert proved(older, crash, baseline=only_time) is Status.RECOVERED_DEGRADED
    assert baseline((older, crash), NIGHT) == Baseline(
        time=older.time, consistency=Consistency.APPLICATION, disks=2
    )
    assert baseline((crash,), NIGHT) is None


def test_the_newest_of_several_valid_points_proves_it() -> None:
    """A degraded point is forgotten where a whole one followed."""
    late = a_point(NOW + 5 * MINUTE, id="point-2")
    weak = a_point(consistency=Consistency.CRASH)
    found = proof(an_incident(), a_recovered_picture(points=(late, weak)))
    assert found is not None
    assert (found.point.id, found.status) == ("point-2", Status.RECOVERED)


@pytest.mark.parametrize("points", [None, Unreadable(reason="429"), ()])
def test_points_that_are_not_known_prove_nothing(points: Any) -> None:
    """Nobody is recovered by a failed look."""
    assert proof(an_incident(), a_recovered_picture(points=points)) is None


def test_points_are_worth_reading_once_a_good_job_began_after_the_failure() -> None:
    """Reads of the vault are scarce."""
    incident = an_incident()
    assert not worth_reading(incident, a_picture())
    assert worth_reading(incident, a_picture(a_job(), a_good_job()))
    assert not worth_reading(incident, a_picture(a_job(), a_good_job(started=NIGHT - DAY)))
    assert not worth_reading(incident, a_picture(snapshot=None))


@pytest.mark.parametrize(("after", "worth"), [(-SLACK, True), (-SLACK - SECOND, False)])
def test_a_job_may_begin_a_little_before_the_failures_end(after: timedelta, worth: bool) -> None:
    """The vault's own times are not that exact."""
    job = a_good_job(started=FAILED_AT + after)
    assert worth_reading(an_incident(), a_picture(a_job(), job)) is worth


@pytest.mark.parametrize(
    ("job", "since", "expected"),
    [
        (a_job(status=JobStatus.IN_PROGRESS, ended=None), DAY, True),
        (a_good_job(), SHOWN_WITHIN - SECOND, True),
        (a_good_job(), SHOWN_WITHIN, False),
        (a_job(), SECOND, False),
        (replace(a_good_job(), ended=None), SECOND, False),
    ],
    ids=["running", "just ended", "ended long ago", "failed", "no end known"],
)
def test_a_job_settles_for_as_long_as_its_point_may_not_be_shown(
    job: Job, since: timedelta, expected: bool
) -> None:
    """The list of items is behind; nobody is taken for one without a point meanwhile."""
    assert settling(job, (job.ended or NOW) + since) is expected


def test_the_newest_good_job_of_each_machine_is_told() -> None:
    """In whatever order the vault lists them; one that failed counts for nothing."""
    other = (PROTECTED.machine[0], "other")
    late, early = a_good_job(started=NOW), a_good_job(started=NIGHT)
    elsewhere = replace(a_good_job(started=NOW - HOUR), machine=other)
    failed = a_job(started=NOW + HOUR)
    for jobs in ((early, failed, late, elsewhere), (elsewhere, late, early, failed)):
        assert newest_good(jobs) == {PROTECTED.machine: NOW, other: NOW - HOUR}


def test_a_completed_job_whose_point_is_not_listed_is_looked_at_again() -> None:
    """The vault lists a point some minutes after its job; after six looks it will not come."""
    story = Story()
    story.fails()
    story.hears(Succeeded(handle="op"))
    for _ in range(6):
        (looked,) = story.sees(Done(detail="job job-2 completed"))
        assert isinstance(looked, StepLooked)
        assert story.due == story.now + 10 * MINUTE
    ended, *_ = story.sees(Done(detail="job job-2 completed"))
    assert ended == AttemptEnded(
        attempt=1,
        result=AttemptResult.FAILED,
        detail="job job-2 completed, but no valid recovery point came of it",
    )


@pytest.mark.parametrize("finding", [Running(), Done(), Failed(reason="failed")])
def test_a_valid_point_counts_once_the_lost_step_was_found(
    finding: Running | Done | Failed,
) -> None:
    """What became of the step is known: nothing is left to look for."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    story.sees(finding, a_recovered_picture())
    assert story.open.status is Status.RECOVERED


def test_a_valid_point_does_not_end_what_may_still_happen() -> None:
    """A step that was sent without an answer is looked for first, and then the point counts."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    assert kinds(story.sees(Absent(), a_recovered_picture())) == ["StepUncertain"]
    bodies = story.sees(Absent(), a_recovered_picture())
    assert kinds(bodies) == ["StepUncertain", "AttemptEnded", "IncidentEnded"]
    assert story.open.status is Status.RECOVERED
    assert story.performed == []


def test_what_a_new_point_is_measured_against_is_the_newest_from_before() -> None:
    """Whatever their order in the list; one of the failure's own moment is none from before."""
    points = tuple(
        a_point(NOW - age * HOUR, disks=disks) for age, disks in ((3, 3), (1, 1), (0, 9), (2, 2))
    )

    found = baseline(points, NOW)

    assert found is not None
    assert (found.time, found.disks) == (NOW - HOUR, 1)
    assert baseline(points[2:3], NOW) is None
