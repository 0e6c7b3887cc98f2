"""A diagnosis in a few words: the cause, what would be done first, and how bold it can get."""

from collections.abc import Callable
from dataclasses import dataclass

from remediation.model import CauseClass, Diagnosis, Need, Playbook, Risk
from remediation.playbooks.ladder import ESCALATE, first_action
from remediation.playbooks.library import NOT_OURS, UNKNOWN
from remediation.repertoire import ACTIONS

# As programs read the two causes that are none.
_NO_CAUSE = {UNKNOWN: "unknown", NOT_OURS: "not_ours"}
_MATCHED_BY = {"dynamic_message": "message"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the classifier concluded. ``action``: the first one after the evidence.

    ``max_risk`` is the highest risk among the rungs that no person has to approve.
    """

    cause: str
    cause_class: str
    matched_by: str
    confidence: float
    action: str
    max_risk: str

    def as_json(self) -> dict[str, str | float]:
        """Return the answer with the keys that ``remediator classify --json`` writes."""
        return {
            "cause": self.cause,
            "class": self.cause_class,
            "matched_by": self.matched_by,
            "confidence": self.confidence,
            "action": self.action,
            "max_risk": self.max_risk,
        }


def answer(diagnosis: Diagnosis) -> Answer:
    """Return the diagnosis as an answer; a cause that is none goes to people, with no action."""
    playbook = diagnosis.playbook
    none = _NO_CAUSE.get(playbook.id)
    return Answer(
        cause=none or playbook.id,
        cause_class=(CauseClass.PEOPLE if none else playbook.cause_class).value,
        matched_by=_MATCHED_BY.get(diagnosis.matched_by, diagnosis.matched_by),
        confidence=diagnosis.confidence,
        action=ESCALATE if none else first_action(playbook, {}),
        max_risk=Risk.NONE.word if none else max_risk(playbook).word,
    )


def remembering() -> Callable[[Diagnosis], Answer]:
    """Return ``answer`` for many diagnoses: what a playbook says is worked out once."""
    known: dict[str, Answer] = {}

    def told(diagnosis: Diagnosis) -> Answer:
        first = known.get(diagnosis.playbook.id)
        if first is None:
            first = known[diagnosis.playbook.id] = answer(diagnosis)
        return Answer(
            cause=first.cause,
            cause_class=first.cause_class,
            matched_by=_MATCHED_BY.get(diagnosis.matched_by, diagnosis.matched_by),
            confidence=diagnosis.confidence,
            action=first.action,
            max_risk=first.max_risk,
        )

    return told


def max_risk(playbook: Playbook) -> Risk:
    """Return the highest risk of a rung that needs no approval; none where there is no such."""
    return max(
        (
            ACTIONS[rung.do].risk
            for rung in playbook.ladder
            if Need.APPROVAL not in rung.needs and not ACTIONS[rung.do].approval
        ),
        default=Risk.NONE,
    )
