"""What is seen: progress, one line an incident, and no more than fits."""

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from local.demo.incidents import Incident, incidents
from local.demo.view import Moment, View, counts, elapsed, ladder
from tests.local.demo.remains import a_moment, a_trail


def an_incident(status: str = "acting", **changes: object) -> Incident:
    """Return an incident."""
    (one,) = incidents([a_trail(status)])
    return replace(one, **changes)  # type: ignore[arg-type]


def drawn(moment: Moment | None, *, height: int = 40) -> str:
    """Return the screen as text."""
    console = Console(width=140, height=height, record=True, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(View(moment=moment))
    return capture.get()


def test_before_anything_is_known_it_says_that_it_starts() -> None:
    """Starting takes some seconds."""
    assert "Starting" in drawn(None)


def test_an_incident_has_a_line_with_its_machine_status_cause_and_place() -> None:
    """What an operator would ask first."""
    screen = drawn(a_moment(an_incident("acting")))

    (line,) = [line for line in screen.splitlines() if line.startswith("vm-1")]
    assert "acting" in line
    assert "guest-agent-unavailable" in line
    assert "●◐○ retry_backup" in line


def test_the_page_and_what_is_still_to_come_are_named() -> None:
    """So that one knows where to look, and how long."""
    screen = drawn(a_moment())

    assert "http://127.0.0.1:7071/" in screen
    assert "incidents open: 1" in screen


def test_progress_counts_what_is_settled_of_what_fails() -> None:
    """Escalated is settled, too: people have it."""
    screen = drawn(a_moment(an_incident("escalated"), an_incident("acting")))

    assert "1 of 3 settled: 1 escalated, 1 open" in screen


def test_what_does_not_fit_is_counted_and_open_ones_come_first() -> None:
    """A fleet has more lines than a screen."""
    done = [replace(an_incident("recovered"), item=f"/x/done-{n}") for n in range(50)]
    screen = drawn(a_moment(*done, replace(an_incident("acting"), item="/x/busy")), height=20)

    assert len(screen.splitlines()) <= 20
    assert "busy" in screen
    assert "more" in screen


@pytest.mark.parametrize(
    ("status", "rung", "shown"),
    [
        ("acting", 0, "◐○○ collect_evidence"),
        ("proving", 2, "●●◐ reapply_vm"),
        ("escalated", 3, "●●● people"),
        ("recovered", 1, "●○○ retry_backup"),
    ],
)
def test_the_ladder_shows_what_lies_behind_and_what_is_at_hand(
    status: str, rung: int, shown: str
) -> None:
    """Rungs behind, the one at hand, and those that may come."""
    assert ladder(an_incident(status, rung=rung)) == shown


def test_text_from_outside_is_shown_as_it_is() -> None:
    """Brackets are no markup."""
    assert "[red]vm[/red]" in drawn(a_moment(an_incident("acting", says="[red]vm[/red]")))


def test_counts_name_only_what_there_is() -> None:
    """Zeros say nothing."""
    assert counts([an_incident("recovered_degraded")]) == "1 recovered degraded"


@pytest.mark.parametrize(("minutes", "shown"), [(9, "00:09"), (60 * 25, "1 d 01:00")])
def test_elapsed_time_is_simulated_time(minutes: int, shown: str) -> None:
    """In days, hours and minutes."""
    moment = a_moment()

    assert elapsed(replace(moment, now=moment.began + timedelta(minutes=minutes))) == shown
