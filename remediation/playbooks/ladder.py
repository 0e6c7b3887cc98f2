"""Which rung of a ladder comes first, given facts. Pure; for examples and for showing a playbook.

What really happens is decided by ``remediation.decide``, with guards, budgets and history.
"""

from collections.abc import Mapping

from remediation.model import Playbook, Rung
from remediation.repertoire import ACTIONS

ESCALATE = "escalate"


def first_action(playbook: Playbook, facts: Mapping[str, str]) -> str:
    """Return the first action after the evidence whose conditions hold, or ``escalate``.

    A fact that is not given fits every condition. Inspections are evidence.
    """
    rungs = (rung for rung in playbook.ladder if not is_evidence(rung))
    return next((rung.do for rung in rungs if holds(rung, facts)), ESCALATE)


def is_evidence(rung: Rung) -> bool:
    """Whether the rung only looks: it reads Azure, or asks the guest or the network."""
    return rung.do == "collect_evidence" or ACTIONS[rung.do].inspects


def holds(rung: Rung, facts: Mapping[str, str]) -> bool:
    """Whether no given fact keeps the rung from being entered."""
    return all(facts.get(fact, allowed[0]) in allowed for fact, allowed in rung.when.items())
