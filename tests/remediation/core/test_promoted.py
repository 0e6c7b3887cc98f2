"""What is promoted runs where the mode only watches or asks, and nothing else does."""

from dataclasses import replace

import pytest

from remediation.incident import StepName
from remediation.model import Mode, Risk
from remediation.policies.owners import heard
from remediation.records import ApprovalRequested, Held
from tests.remediation.core.builders import a_failure_seen, a_playbook, a_policy
from tests.remediation.core.story import Story


def story(*ladder: str, **policy: object) -> Story:
    """A failure under a policy that promotes the retry."""
    said = {"promoted": frozenset({"retry_backup"}), **policy}
    found = Story(policy=a_policy(**said))
    found.fails(a_failure_seen(a_playbook(*ladder)))
    return found


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.APPROVE])
def test_a_promoted_action_runs_without_asking(mode: Mode) -> None:
    """As in auto: its step is sent at once."""
    assert story("retry_backup", mode=mode).performed == [StepName.BACKUP]


def test_the_next_rung_is_only_observed() -> None:
    """Promotion is action by action."""
    held = story("reapply_vm", mode=Mode.OBSERVE).all(Held)
    assert [one.guard for one in held[0].objections] == ["mode"]
    asking = story("reapply_vm", mode=Mode.APPROVE)
    assert [one.action for one in asking.all(ApprovalRequested)] == ["reapply_vm"]


def test_off_is_off_for_what_is_promoted() -> None:
    """Whoever switches off means everything."""
    assert story("retry_backup", mode=Mode.OFF).performed == []


def test_a_promoted_action_that_needs_a_yes_asks_for_it() -> None:
    """From being watched it comes to being asked for: no further."""
    found = story(
        "restart_vm",
        mode=Mode.OBSERVE,
        promoted=frozenset({"restart_vm"}),
        max_risk=Risk.DESTRUCTIVE,
    )
    assert found.performed == []
    assert [one.action for one in found.all(ApprovalRequested)] == ["restart_vm"]


def test_a_playbook_that_is_only_observed_stays_so() -> None:
    """Its author has not let it act yet."""
    found = Story(policy=a_policy(mode=Mode.OBSERVE, promoted=frozenset({"retry_backup"})))
    found.fails(a_failure_seen(a_playbook(observe_only=True)))
    assert found.performed == []


@pytest.mark.parametrize("word", ["observe", "approve", "of"])
@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.APPROVE])
def test_an_owners_word_is_for_what_is_promoted_too(mode: Mode, word: str) -> None:
    """And `why` names the tag."""
    policy = a_policy(mode=mode, promoted=frozenset({"retry_backup"}))
    said = heard(policy, {"backup-remediation": word})
    assert said.policy.promoted == frozenset()
    assert "backup-remediation" in said.policy.owner.reason
    assert "promoted" in said.origins
    assert heard(policy, {"backup-remediation": "on"}).policy == replace(policy)
