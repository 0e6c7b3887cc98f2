"""G1 and G10, held and broken: every failure on file, and none of them twice."""

import pytest

from local.checker.guarantees import CHECKS
from tests.local.checker.runs import (
    a_failure,
    a_job,
    a_machine,
    a_playbook,
    a_run,
    at,
    cured,
    held,
    opened,
    our_job,
)


class TestG1:
    """Every failure is on file."""

    def test_a_failure_without_a_marker_or_record_breaks_it(self) -> None:
        """A job that nobody wrote down is a lost failure."""
        run = a_run(machines=[a_machine(jobs=[a_job(), our_job(), a_job("j9")])])

        verdict = CHECKS["G1"](run)

        assert not verdict.held
        assert "j9" in verdict.detail

    def test_a_failure_that_no_sweep_can_have_seen_is_not_judged(self) -> None:
        """It ended minutes before the truth was told."""
        run = a_run(machines=[a_machine(jobs=[a_job(), our_job(), a_job("j9", ended=at(299))])])

        assert held("G1", run)

    def test_our_own_failed_backup_is_known_by_its_request(self) -> None:
        """Its attempt names it."""
        failed = our_job(status="Failed", number=400196)

        assert held("G1", a_run(machines=[a_machine(jobs=[a_job(), failed])]))

    def test_a_poison_message_counts_only_with_an_alarm(self) -> None:
        """A message that lies somewhere unnoticed is as good as lost."""
        machines = [a_machine(jobs=[a_job(), our_job(), a_job("j9")])]

        assert not held("G1", a_run(machines=machines, kept=("poison j9",)))
        assert held("G1", a_run(machines=machines, kept=("poison j9",), alarms=("poison",)))

    @pytest.mark.parametrize(
        ("status", "number", "counts"),
        [
            ("CompletedWithWarnings", 400446, False),
            ("CompletedWithWarnings", None, True),
            ("Cancelled", 400158, False),
            ("Failed", 400158, False),
        ],
        ids=["crash consistent", "transfer failed", "cancelled", "cancelled early"],
    )
    def test_a_warning_is_a_failure_unless_it_says_otherwise(
        self, status: str, number: int | None, counts: bool
    ) -> None:
        """Four things hide behind one status."""
        job = a_job("j9", status=status, number=number)
        run = a_run(machines=[a_machine(jobs=[a_job(), our_job(), job])])

        assert held("G1", run) is not counts


class TestG10:
    """Nothing twice."""

    def test_one_job_in_two_incidents_breaks_it(self) -> None:
        """A duplicate opened something."""
        again = cured().add("IncidentOpened", 70, "i2", playbook=a_playbook(), failure=a_failure())

        assert not held("G10", a_run(again))

    def test_an_incident_opened_beside_an_open_one_breaks_it(self) -> None:
        """An item has at most one."""
        story = opened().add(
            "IncidentOpened", 20, "i2", playbook=a_playbook(), failure=a_failure("j5")
        )

        assert not held("G10", a_run(story))

    def test_a_request_id_that_started_two_backups_breaks_it(self) -> None:
        """A repeat was not recognised."""
        jobs = [a_job(), our_job(), our_job("j3", started=at(70), ended=at(90))]

        assert not held("G10", a_run(machines=[a_machine(jobs=jobs)]))
