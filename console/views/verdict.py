"""What the classifier concluded, in one sentence for people.

Pure: of playbooks alone, so that it needs neither Azure nor settings.
"""

from collections.abc import Iterator

from remediation.catalogue.answer import Answer, max_risk
from remediation.catalogue.symptoms import Symptoms
from remediation.model import CauseClass, Need, Playbook, Risk
from remediation.playbooks.library import Library
from remediation.repertoire import ACTIONS

_PEOPLE = "people take it on"


def sentence(library: Library, symptoms: Symptoms, answer: Answer) -> str:
    """Return cause, class, how sure that is, what comes first, and what it may lead to unasked."""
    if answer.cause == "unknown":
        return f"unknown: {_why_unknown(library, symptoms)}; {_PEOPLE}"
    sure = f"by {answer.matched_by}, {answer.confidence:.0%} sure"
    if answer.cause == "not_ours":
        return f"not_ours ({sure}): a restore, or another workload; {_PEOPLE}"
    playbook = library.playbook(answer.cause)
    about = f"{answer.cause} (class {answer.cause_class}, {sure})"
    if playbook.cause_class is CauseClass.PEOPLE:
        return f"{about}: {_PEOPLE}, nothing is repaired by itself"
    return f"{about}: first {answer.action}; {'; '.join(_bounds(playbook))}"


def _why_unknown(library: Library, symptoms: Symptoms) -> str:
    entry = library.by_code(symptoms.code) if symptoms.code else None
    if entry is None and symptoms.number is not None:
        entry = library.by_number(symptoms.number)
    if entry is None or not entry.generic:
        return "nothing that is known stands in it"
    name = symptoms.code or symptoms.number
    said = "no cause is known by this one" if symptoms.message else "give it with --message"
    return f"{name} is a known code of many causes, its message decides: {said}"


def _bounds(playbook: Playbook) -> Iterator[str]:
    """Yield the boldest rung that no person approves, and what the policy has to say before."""
    risk = max_risk(playbook)
    if risk is Risk.NONE:
        yield "no rung changes anything unless a person approves it"
        return
    yield f"the boldest rung that needs no approval: {risk.word}"
    match playbook.cause_class:
        case CauseClass.GUARDED:
            yield "guarded: only what the policy's opt_in names"
        case CauseClass.WAIT:
            yield "one retry unasked, else only what the policy's opt_in names"
        case _:
            named = dict.fromkeys(
                rung.do
                for rung in playbook.ladder
                if ACTIONS[rung.do].opt_in
                and not ACTIONS[rung.do].approval
                and Need.APPROVAL not in rung.needs
            )
            if named:
                yield f"only where the policy's opt_in names them: {', '.join(named)}"
