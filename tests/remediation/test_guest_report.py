"""What guests say: read from one line of JSON, and believed in nothing but its vocabulary."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.guest_report import (
    LONGEST_FINDING,
    MOST_FINDINGS,
    UnreadableReportError,
    inspection,
    repair,
)
from remediation.repertoire import INSPECTED


def line(**parts: object) -> str:
    """One line as a script prints it."""
    return json.dumps({"attempt": "a-1", **parts})


def test_facts_of_the_vocabulary_are_taken() -> None:
    """Names and values that a rung's condition can ask for."""
    found = inspection(line(facts={"dhcp": "off", "mounts": "duplicate"}, findings={}))
    assert found.facts == {"dhcp": "off", "mounts": "duplicate"}


@pytest.mark.parametrize(
    "facts",
    [{"dhcp": "perhaps"}, {"lock": "none"}, {"power": "running"}, {"x": "y"}, {"dhcp": ["off"]}],
    ids=["value", "not a guest's", "azure's own", "unknown", "no text"],
)
def test_what_a_guest_may_not_say_is_dropped(facts: dict[str, object]) -> None:
    """A machine cannot talk its way past a condition that Azure answers."""
    assert inspection(line(facts=facts, findings={})).facts == {}


def test_findings_are_bounded_and_redacted() -> None:
    """Logs hold anything."""
    findings = {
        "log": "AccountKey=c2VjcmV0c2VjcmV0;" + "x" * 5000,
        "vss_writers": "said by nobody",
        "n": 7,
        "": "",
    } | {f"f{number}": "text" for number in range(100)}
    found = inspection(line(facts={}, findings=findings)).findings
    assert "c2VjcmV0" not in found["log"]
    assert len(found["log"].encode()) <= LONGEST_FINDING
    assert not set(found) & set(INSPECTED)
    assert len(found) <= MOST_FINDINGS


def test_a_shells_own_noise_before_the_line_does_no_harm() -> None:
    """Locale warnings, progress bars."""
    noisy = "perl: warning: Setting locale failed.\n{not json\n" + line(facts={}, findings={})
    assert inspection(noisy).facts == {}


@pytest.mark.parametrize("output", ["", "no json", "[]", "7", '{"facts": 1, "findings": {}}'])
def test_an_inspection_that_cannot_be_read_says_what_was_expected(output: str) -> None:
    """It is no evidence, and no reason to stop."""
    with pytest.raises(UnreadableReportError, match="expected"):
        inspection(output)


def test_a_repair_says_what_it_changed_and_what_undoes_it() -> None:
    """In one line for people."""
    found = repair(
        line(
            result="changed",
            changed=["Extensions.Enable: n -> y"],
            undo="cp /a /b",
            restarts_agent=True,
        )
    )
    assert (found.detail, found.undo) == ("changed: Extensions.Enable: n -> y", "cp /a /b")
    assert found.restarts_agent


def test_a_repair_that_refused_gives_its_reason() -> None:
    """And nothing to undo."""
    found = repair(line(result="refused", reason="package_manager_busy"))
    assert (found.detail, found.undo) == ("refused: package_manager_busy", None)


@pytest.mark.parametrize("output", ["", line(), line(result="fine"), line(result=["changed"])])
def test_a_repair_that_cannot_be_read_is_told(output: str) -> None:
    """What it did is not known then."""
    with pytest.raises(UnreadableReportError, match="expected"):
        repair(output)


@given(st.text(max_size=300))
def test_no_output_breaks_the_reading(output: str) -> None:
    """Whatever a guest prints: a report, or one clear error."""
    for read in (inspection, repair):
        with suppress(UnreadableReportError):
            read(output)
