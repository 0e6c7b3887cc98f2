"""The first action of a ladder, given facts."""

from remediation.model import CauseClass, Playbook, Rung
from remediation.playbooks.ladder import ESCALATE, first_action


def _playbook(*rungs: Rung) -> Playbook:
    return Playbook(
        id="test", title="Test", cause_class=CauseClass.AUTO, ladder=rungs, digest="0" * 64
    )


def test_the_evidence_is_no_action() -> None:
    """It is collected before everything else, and counts for nothing."""
    playbook = _playbook(Rung(do="collect_evidence"), Rung(do="retry_backup"))
    assert first_action(playbook, {}) == "retry_backup"


def test_a_rung_whose_condition_does_not_hold_is_passed_over() -> None:
    """The next one that holds is taken."""
    playbook = _playbook(
        Rung(do="retry_backup", when={"agent": ("ready",)}),
        Rung(do="reapply_vm", when={"agent": ("not_ready", "absent")}),
    )
    assert first_action(playbook, {"agent": "absent"}) == "reapply_vm"


def test_a_fact_that_is_not_given_fits() -> None:
    """Examples give what matters to them."""
    playbook = _playbook(Rung(do="retry_backup", when={"agent": ("ready",), "os": ("linux",)}))
    assert first_action(playbook, {"agent": "ready"}) == "retry_backup"


def test_a_ladder_without_a_rung_that_holds_is_for_people() -> None:
    """Nothing is forced."""
    playbook = _playbook(Rung(do="retry_backup", when={"agent": ("ready",)}))
    assert first_action(playbook, {"agent": "absent"}) == ESCALATE
