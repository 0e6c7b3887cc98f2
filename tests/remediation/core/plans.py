"""Plans for guards: one that nobody objects to, and the one objection to another."""

from dataclasses import replace
from typing import Any

from remediation.guardrails import objections
from remediation.history import History
from remediation.incident import Objection, StepName
from remediation.model import Rung
from remediation.plan import Plan
from remediation.repertoire import ACTIONS
from tests.remediation.core.builders import NOW, a_picture, a_policy, an_incident


def a_plan(action: str = "retry_backup", step: StepName | None = None, **changes: Any) -> Plan:
    """A plan that nobody objects to."""
    made = Plan(
        action=ACTIONS[action],
        rung=Rung(do=action),
        step=step or ACTIONS[action].all_steps[0],
        incident=an_incident(),
        history=History(),
        picture=a_picture(),
        policy=a_policy(),
        now=NOW,
    )
    return replace(made, **changes)


def only(plan: Plan) -> Objection:
    """The one objection to the plan."""
    (found,) = objections(plan)
    return found
