"""The report: its schema, its sums, and what makes a run a bad one."""

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from local.checker.evidence import Evidence
from local.checker.expected import expect
from local.checker.guarantees import CHECKS
from local.demo.summary import PROMISES, show
from local.demo.verdict import Verdict, judge, report
from tests.local.azure.building import a_world
from tests.local.checker.runs import Story, a_machine, a_request, a_run, cured
from tests.local.demo.remains import a_state, an_expectation

LINES = (
    '{"incident": "i1", "kind": "opening", "attempt": 1, "transactions": {"incidents": 7}}',
    '{"incident": "i1", "kind": "ending", "attempt": 1, "transactions": {"incidents": 5}}',
)


def a_story() -> Story:
    """Return a recovered incident whose head can be shown as well."""
    shown = a_state()
    shown["attempts"][0] |= {"result": "cured"}
    return cured().head("recovered", **shown)


def judged(run: Evidence | None = None, *, ended: bool = True) -> Verdict:
    """Return the verdict on a run."""
    found = run or a_run(a_story())
    return judge(
        found,
        expect(found.world),
        LINES,
        seed=7,
        ended=ended,
        duration_s=61.234,
        simulated_s=36_000,
    )


def test_a_whole_run_is_well() -> None:
    """Everything recovered, every promise kept."""
    verdict = judged()

    assert {name: one.detail for name, one in verdict.guarantees.items() if not one.held} == {}
    assert verdict.well


def test_the_report_has_every_key_of_its_schema() -> None:
    """Outside checks read it."""
    document: dict[str, Any] = json.loads(json.dumps(report(judged())))

    assert document["schema"] == 1
    assert document["seed"] == 7
    assert document["incidents"] == sum(document["by_status"].values()) == 1
    assert list(document["by_status"]) == [
        "recovered",
        "recovered_degraded",
        "escalated",
        "closed",
        "open",
    ]
    assert document["expected"] == {
        "recoverable": 1,
        "recovered": 1,
        "wrongly_escalated": [],
        "wrongly_recovered": [],
        "touched_though_excluded": [],
        "changed_without_permission": [],
        "wrong_causes": [],
        "wrong_remedies": [],
    }
    assert set(document["guarantees"]) == {f"G{number}" for number in range(1, 12)}
    assert set(document["guarantees"]["G1"]) == {"held", "checked", "detail"}
    costs = document["storage_transactions"]["per_incident"]
    assert costs["first_rung_max"] == 12
    assert {"acting_first_rung_max", "further_rung_max", "extra_poll_max"} <= set(costs)
    assert {"inspection_max", "inspected_first_rung_max"} <= set(costs)
    assert document["job_reads"] == {"total": 0, "per_hour_max": 0}
    assert document["duration_s"] == 61.2
    assert document["time_to_recovery_s"] == {"median": 3600, "longest": 3600}
    assert document["by_action"] == {"retry_backup": {"attempts": 1, "cured": 1}}


def test_a_run_that_did_not_end_is_not_well() -> None:
    """Fourteen simulated days are the most."""
    assert not judged(ended=False).well


def test_a_broken_guarantee_makes_a_run_bad() -> None:
    """However good the rest is."""
    verdict = judged(a_run(a_story(), log=[a_request(client_request_id="stray")]))

    assert not verdict.guarantees["G3"].held
    assert not verdict.well


class TestAWorldInWhichNothingFails:
    """Nothing is to be proved, and that is said."""

    @staticmethod
    def verdict(**changes: Any) -> Verdict:
        """Return the verdict on a run of one healthy machine."""
        healthy = a_machine(jobs=[], cured=False, cured_at=None)
        told: dict[str, Any] = {"world": a_world(), "machines": [healthy], "log": []}
        run = a_run(Story(), **(told | changes))
        return judged(replace(run, items=()))

    def test_it_is_well(self) -> None:
        """Guarantees that had nothing to look at are not broken."""
        verdict = self.verdict()
        assert (verdict.idle, verdict.well) == (True, True)
        assert not verdict.guarantees["G1"].held

    def test_the_summary_says_so(self) -> None:
        """Instead of a broken promise."""
        text = StringIO()
        show(self.verdict(), Console(file=text, width=160))
        assert "no backup was to fail, and none did" in text.getvalue()

    def test_what_is_broken_there_is_broken_all_the_same(self) -> None:
        """A request that nobody intended."""
        assert not self.verdict(log=[a_request(client_request_id="stray")]).well

    def test_where_something_was_to_fail_nothing_checked_is_nothing_held(self) -> None:
        """Silence is no proof."""
        run = replace(a_run(a_story()), items=(), log=())
        assert not judged(run).well


class TestWhatWasWronglyDone:
    """Each list holds the item, its fault and how it stands."""

    def test_a_recoverable_machine_that_did_not_recover(self) -> None:
        """Nobody has heard of it."""
        verdict = judged(replace(a_run(a_story()), items=()))

        (one,) = verdict.comparison.wrongly_escalated
        assert (one.item, one.status) == (an_expectation().item, "none")
        assert one.fault == "GuestAgentSnapshotTaskStatusError"
        assert verdict.comparison.recovered == 0

    def test_a_machine_that_is_called_recovered_without_a_point(self) -> None:
        """The truth knows none."""
        verdict = judged(a_run(a_story(), machines=[a_machine(recovery_points=[])]))

        (one,) = verdict.comparison.wrongly_recovered
        assert one.status == "recovered"

    def test_an_excluded_machine_that_was_touched(self) -> None:
        """By the request log."""
        verdict = judged(a_run(a_story(), machines=[a_machine(excluded=True)]))

        assert len(verdict.comparison.touched_though_excluded) == 1


@pytest.mark.parametrize("well", [True, False])
def test_the_summary_says_whether_all_is_well(well: bool) -> None:
    """And names what is not."""
    run = a_run(a_story(), machines=[a_machine()] if well else [a_machine(recovery_points=[])])
    text = StringIO()

    show(judged(run), Console(file=text, width=160))

    assert ("All well" in text.getvalue()) is well
    assert ("Wrongly called recovered: vm-1" in text.getvalue()) is not well
    assert "at most 12 for a first retry" in text.getvalue()
    assert " 0 " not in text.getvalue().partition("; at most")[2].partition("\n")[0]
    for promise in PROMISES.values():
        assert promise in text.getvalue()


def test_every_guarantee_has_its_promise_in_words() -> None:
    """In the order in which they are checked."""
    assert list(PROMISES) == list(CHECKS)


@pytest.mark.parametrize(
    ("status", "title"), [("escalated", "In people's hands"), ("closed", "Closed")]
)
def test_who_did_not_recover_is_listed_with_the_reason(status: str, title: str) -> None:
    """Thirty at most, and how many more there are."""
    verdict = judged(a_run(a_story()))
    (one,) = verdict.incidents
    left = replace(one, status=status, says="excluded by its tag")
    text = StringIO()
    show(replace(verdict, incidents=(left,) * 31), Console(file=text, width=160))
    assert f"{title}, and why (31):" in text.getvalue()
    assert text.getvalue().count("  vm-1: excluded by its tag") == 30
    assert "  and 1 more" in text.getvalue()
