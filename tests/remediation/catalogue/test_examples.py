"""Examples that do not come out are told, each with its playbook."""

from pathlib import Path

from remediation.catalogue.examples import failing_examples
from remediation.playbooks.loader import load
from tests.remediation.playbooks.folder import a_folder, minimal


def test_an_example_with_another_action_is_told(tmp_path: Path) -> None:
    """What was expected, and what came."""
    text = minimal("first").replace("expect: escalate", "expect: retry_backup")
    assert failing_examples(load(a_folder(tmp_path, first=text))) == [
        "first: nothing is done: expected retry_backup, got escalate"
    ]


def test_an_example_with_another_cause_is_told(tmp_path: Path) -> None:
    """A code that the playbook forgot to list."""
    text = minimal("first").replace("given: {}", "given: {code: SomeError}")
    assert failing_examples(load(a_folder(tmp_path, first=text))) == [
        "first: nothing is done: expected the cause first, got unknown"
    ]


def test_the_examples_of_a_draft_are_left_out(tmp_path: Path) -> None:
    """It matches nothing, so none of its codes can come out."""
    text = minimal("first").replace("given: {}", "given: {code: SomeError}")
    text = text.replace("status: active", "status: draft")
    assert failing_examples(load(a_folder(tmp_path, first=text))) == []
