"""What a run cost, from the host's log and the request log."""

import json
from typing import Any

from local.checker.costs import invocations, job_reads, transactions
from tests.local.azure.building import VAULT_ID
from tests.local.checker.runs import CAUSE, Story, a_request, a_run, a_step, at, cured, opened

LIST = f"{VAULT_ID}/backupJobs"


def a_line(kind: str, count: int, *, attempt: int = 1, apart: int = 50) -> str:
    """Return a line of the host's log."""
    tree = {
        "incident": "i1",
        "kind": kind,
        "attempt": attempt,
        "rung_acts": False,
        "transactions": {"incidents": count - 3, "index": 1, "queue": 2, "apart": apart},
    }
    return json.dumps(tree)


def read(minutes: float, url: str = LIST, **changes: Any) -> dict[str, Any]:
    """Return a read of jobs."""
    return a_request(method="GET", url=f"{url}?api-version=1", time=at(minutes), **changes)


def test_an_incident_cured_by_its_first_retry_is_its_opening_and_its_ending() -> None:
    """Polls between them are extra, and what is apart does not count."""
    lines = [a_line("opening", 7), a_line("poll", 5), a_line("poll", 4), a_line("ending", 5)]

    costs = transactions(a_run(), invocations(lines))

    assert (costs.first_rung_max, costs.extra_poll_max) == (12, 5)
    assert (costs.acting_first_rung_max, costs.further_rung_max) == (0, 0)


def test_a_first_rung_that_acts_is_a_class_of_its_own() -> None:
    """It has one more wake-up that takes a step: the one that starts the backup."""
    act, prove = a_step(1, "reapply"), a_step(1, "backup", "r2")
    story = opened().add("StepIntended", 12, rung=2, action="reapply_vm", cause=CAUSE, step=act)
    story.add("StepDone", 15, attempt=1, step="reapply", detail="", settle_until=at(30))
    story.add("StepIntended", 30, rung=2, action="reapply_vm", cause=CAUSE, step=prove)
    story.add("AttemptEnded", 90, attempt=1, result="cured", detail="")
    story.add("IncidentEnded", 90, status="recovered", reason="", point=at(35))
    lines = [a_line("opening", 7), a_line("poll", 5), a_line("step", 6), a_line("ending", 5)]

    costs = transactions(a_run(story), invocations(lines))

    assert (costs.acting_first_rung_max, costs.first_rung_max) == (18, 0)


def test_an_incident_that_had_to_wait_first_is_a_class_of_its_own() -> None:
    """Its opening did not take the first rung."""
    story = opened(minutes=5).add(
        "StepIntended", 130, rung=1, action="retry_backup", cause=CAUSE, step=a_step()
    )
    story.add("AttemptEnded", 190, attempt=1, result="cured", detail="")
    story.add("IncidentEnded", 190, status="recovered", reason="", point=at(140))
    lines = [a_line("opening", 6), a_line("step", 6), a_line("ending", 5)]

    costs = transactions(a_run(story), invocations(lines))

    assert (costs.first_rung_max, costs.delayed_first_rung_max) == (0, 17)


def test_an_attempt_that_azure_held_up_is_counted_apart() -> None:
    """A throttled request is intended again, which no ladder asks for."""
    again = a_step(1, "backup", "r1")
    story = opened().add(
        "StepIntended", 12, rung=1, action="retry_backup", cause=CAUSE, step=a_step()
    )
    story.add("StepWithdrawn", 12, attempt=1, step="backup", reason="throttled")
    story.add("StepIntended", 20, rung=1, action="retry_backup", cause=CAUSE, step=again)
    story.add("AttemptEnded", 65, attempt=1, result="cured", detail="")
    story.add("IncidentEnded", 65, status="recovered", reason="", point=at(25))
    lines = [a_line("opening", 7), a_line("step", 6), a_line("ending", 5)]

    costs = transactions(a_run(story), invocations(lines))

    assert (costs.first_rung_max, costs.delayed_first_rung_max) == (0, 18)


def test_a_further_rung_is_the_steps_of_its_attempt() -> None:
    """The opening and the ending are what an incident has anyway."""
    story = opened().add(
        "StepIntended", 12, rung=1, action="retry_backup", cause=CAUSE, step=a_step()
    )
    story.add("AttemptEnded", 30, attempt=1, result="failed", detail="")
    second = a_step(2, "reapply", "r2")
    story.add("StepIntended", 30, rung=2, action="reapply_vm", cause=CAUSE, step=second)
    lines = [a_line("opening", 7), a_line("step", 6, attempt=2), a_line("step", 5, attempt=2)]
    lines += [a_line("ending", 5, attempt=2)]

    costs = transactions(a_run(story), invocations(lines))

    assert costs.further_rung_max == 11


def test_lines_that_are_something_else_are_passed_over() -> None:
    """The log holds whatever anybody writes to it, and a logger puts its name before the text."""
    lines = ["", "INFO started", '{"transactions": 3}', "{broken", f"INFO x: {a_line('poll', 4)}"]

    assert [one.count for one in invocations(lines)] == [4]


def test_job_reads_count_lists_and_single_jobs_and_nothing_else() -> None:
    """Polls of a cancellation and other reads have limits of their own."""
    log = [
        read(1),
        read(2, f"{LIST}/job-1"),
        read(3, f"{LIST}/job-1/operationResults/o"),
        read(4, f"{VAULT_ID}/backupProtectedItems"),
        a_request(url=f"{LIST}/job-1/cancel"),
    ]

    assert job_reads(a_run(cured().head("recovered"), log=log)).total == 2


def test_the_most_reads_an_hour_are_found_in_a_sliding_hour_of_one_subscription() -> None:
    """Not by the clock's hours, and never summed over subscriptions."""
    other = LIST.replace("10000000", "20000000")
    log = [read(50), read(70), read(100), read(111), read(75, other), read(76, other)]

    assert job_reads(a_run(log=log)).per_hour_max == 3


class TestInspections:
    """They cost transactions of their own, and are no rung that acts."""

    @staticmethod
    def story() -> Story:
        """Return an incident that was inspected, then retried, which cured it."""
        look = a_step(1, "inspect_guest", "r1")
        story = opened().add(
            "StepIntended", 12, rung=1, action="inspect_guest", cause=CAUSE, step=look, counts=False
        )
        story.add("AttemptEnded", 15, attempt=1, result="done", detail="")
        story.add(
            "StepIntended",
            15,
            rung=2,
            action="retry_backup",
            cause=CAUSE,
            step=a_step(2, "backup", "r2"),
        )
        story.add("AttemptEnded", 65, attempt=2, result="cured", detail="")
        return story.add("IncidentEnded", 65, status="recovered", reason="", point=at(25))

    def test_an_inspected_incident_is_no_first_retry(self) -> None:
        """It is reported apart, and so is what the inspection itself took."""
        lines = [a_line("opening", 7), a_line("step", 6), a_line("step", 6, attempt=2)]
        lines += [a_line("ending", 5, attempt=2)]

        costs = transactions(a_run(self.story()), invocations(lines))

        assert (costs.inspection_max, costs.inspected_first_rung_max) == (6, 24)
        assert (costs.first_rung_max, costs.further_rung_max, costs.delayed_first_rung_max) == (
            0,
            0,
            0,
        )

    def test_a_further_rung_after_an_inspection_is_a_further_rung(self) -> None:
        """Its steps are its own."""
        story = self.story()
        story.add(
            "StepIntended",
            70,
            rung=3,
            action="reapply_vm",
            cause=CAUSE,
            step=a_step(3, "reapply", "r3"),
        )
        lines = [a_line("step", 6), a_line("step", 11, attempt=3)]

        costs = transactions(a_run(story), invocations(lines))

        assert (costs.inspection_max, costs.further_rung_max) == (6, 11)
