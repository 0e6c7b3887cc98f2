"""The diagram of states is what the code does."""

import re

from remediation.incident import Status
from tests.remediation.core.diagram import PAGE, diagram, explored, final


def test_the_page_of_states_is_what_the_code_does() -> None:
    """Write it again with: python -m tests.remediation.core.diagram."""
    assert PAGE.read_text(encoding="utf-8") == diagram()


def test_every_status_is_reached() -> None:
    """The situations that are tried are enough."""
    reached = {after for _, _, after in explored()}
    assert {status.value for status in Status} <= reached


def test_what_has_ended_is_left_only_in_probation() -> None:
    """A closed incident stays closed; a recovered one may come back."""
    left = {before for before, _, after in explored() if final(before) and before != after}
    assert left == {"recovered", "recovered_degraded"}


def test_people_have_it_before_it_is_closed_or_recovered_or_never() -> None:
    """Nothing but the owner, a person or a valid point leads out of an escalation to an end."""
    ends = {label for before, label, after in explored() if before == "escalated" and final(after)}
    assert ends == {
        "a valid recovery point",
        "a weaker recovery point",
        "excluded by its owner",
    }


def test_the_diagram_is_mermaid() -> None:
    """Every line between the fences is a transition."""
    body = diagram().split("```mermaid\n")[1].split("\n```")[0].splitlines()
    assert body[0] == "stateDiagram-v2"
    arrow = re.compile(r"    (\[\*\]|\w+) --> (\[\*\]|\w+)(: [^:;]+)?")
    assert all(arrow.fullmatch(line) for line in body[1:])
