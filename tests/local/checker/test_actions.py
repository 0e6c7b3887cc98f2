"""G2, G3 and G7, held and broken: one at a time, its intent first, none where none may be."""

from typing import Any

import pytest

from tests.local.checker.runs import (
    CAUSE,
    ITEM,
    LOCK,
    REAL,
    a_duty,
    a_job,
    a_machine,
    a_request,
    a_run,
    a_step,
    at,
    held,
    opened,
    our_job,
    retried,
)


class TestG2:
    """One action at a time."""

    def test_a_step_intended_while_another_runs_breaks_it(self) -> None:
        """Two workers acted on one machine."""
        step = a_step(2, "reapply", "r2")
        story = retried().add(
            "StepIntended", 14, rung=2, action="reapply_vm", cause=CAUSE, step=step
        )

        assert not held("G2", a_run(story))

    def test_an_attempt_begun_before_the_last_one_ended_breaks_it(self) -> None:
        """The step was over, its attempt was not."""
        step = a_step(2, "reapply", "r2")
        story = retried().add("StepDone", 14, attempt=1, step="backup", detail="")
        story.add("StepIntended", 15, rung=2, action="reapply_vm", cause=CAUSE, step=step)

        assert not held("G2", a_run(story))

    def test_steps_of_one_attempt_follow_one_another(self) -> None:
        """An action and its proof are one attempt."""
        act, prove = a_step(1, "reapply", "r1"), a_step(1, "backup", "r2")
        story = opened().add("StepIntended", 12, rung=2, action="reapply_vm", cause=CAUSE, step=act)
        story.add("StepDone", 15, attempt=1, step="reapply", detail="")
        story.add("StepIntended", 30, rung=2, action="reapply_vm", cause=CAUSE, step=prove)

        assert held("G2", a_run(story))

    def test_two_backups_of_ours_at_once_break_it(self) -> None:
        """The truth shows what no record tells."""
        jobs = [a_job(), our_job(), our_job("j3", "r3", started=at(30), ended=at(90))]

        assert not held("G2", a_run(machines=[a_machine(jobs=jobs)]))


class TestG3:
    """The intent comes first."""

    @pytest.mark.parametrize(
        "request_",
        [
            a_request(client_request_id="stray"),
            a_request(client_request_id=None),
            a_request(real_time=REAL - 5),
            a_request(time=at(40)),
            a_request(
                url="/subscriptions/s/resourceGroups/rg-app/providers/Microsoft.Compute"
                "/virtualMachines/other/reapply"
            ),
        ],
        ids=["unknown id", "no id", "before its commit", "too late", "another machine"],
    )
    def test_a_change_that_no_intent_covers_breaks_it(self, request_: dict[str, Any]) -> None:
        """Each way in which an effect can stand without its intent."""
        assert not held("G3", a_run(log=[request_]))

    def test_reads_need_no_intent(self) -> None:
        """Only changes do."""
        assert held("G3", a_run(log=[a_request(method="GET", client_request_id="any")]))

    def test_putting_back_a_lock_is_covered_by_its_duty(self) -> None:
        """A duty stands apart from any incident."""
        put = a_request(method="PUT", url=LOCK, client_request_id="any")

        assert held("G3", a_run(log=[put], duties=(a_duty(LOCK),)))
        assert not held("G3", a_run(log=[put]))

    def test_removing_a_run_command_is_covered_by_its_creation(self) -> None:
        """What an attempt created it may take away."""
        url = f"{ITEM}/runCommands/remediator-1"
        put = a_request(method="PUT", url=url)
        away = a_request(method="DELETE", url=url, client_request_id="any")

        assert held("G3", a_run(log=[put, away]))
        assert not held("G3", a_run(log=[away]))


class TestG7:
    """Excluded is excluded."""

    def test_a_change_of_an_excluded_machine_breaks_it(self) -> None:
        """By the request log."""
        assert not held("G7", a_run(machines=[a_machine(excluded=True)]))

    def test_a_change_that_only_the_truth_knows_breaks_it(self) -> None:
        """By what happened to the machine."""
        changed = [{"time": at(13), "what": "reapply"}]
        machines = [a_machine(excluded=True, changed=changed)]

        assert not held("G7", a_run(machines=machines, log=[]))

    def test_reading_an_excluded_machine_is_allowed(self) -> None:
        """Its tags have to be read, after all."""
        run = a_run(machines=[a_machine(excluded=True)], log=[a_request(method="GET")])

        assert held("G7", run)
