"""Symptoms to cause: string code, then number, then message; else unknown.

Total: any symptoms get a diagnosis, whatever stands in them. A generic code (``generic: true`` in
its playbook) decides nothing; the message does, the one that Azure does not localise first.
"""

from collections.abc import Iterator

from remediation.catalogue.similar import nearest
from remediation.catalogue.symptoms import Symptoms, symptoms_of
from remediation.model import Diagnosis, Playbook
from remediation.playbooks.library import Entry, Library
from remediation.views import Job


def classify(library: Library, symptoms: Symptoms) -> Diagnosis:
    """Return the diagnosis; what nobody knows gets the playbook ``unknown`` and confidence 0."""
    entry, matched_by = _claim(library, symptoms)
    if entry is not None and not entry.generic:
        return _diagnosis(symptoms, entry.playbook, matched_by, 1.0)
    for kind, text in _texts(symptoms):
        likeness = nearest(text, library.wordings)
        if likeness is not None:
            playbook = library.playbook(likeness.cause)
            return _diagnosis(symptoms, playbook, kind, likeness.confidence)
    return _diagnosis(symptoms, library.unknown, "none", 0.0)


def diagnose(library: Library, job: Job, os: str | None = None) -> Diagnosis:
    """Return the diagnosis of a job as the vault told it."""
    return classify(library, symptoms_of(library, job, os))


def _claim(library: Library, symptoms: Symptoms) -> tuple[Entry | None, str]:
    """Return the entry that claims the code, else the number.

    A generic code beside a number that names a cause: the number says more.
    """
    by_code = library.by_code(symptoms.code) if symptoms.code else None
    if by_code is not None and not by_code.generic:
        return by_code, "code"
    by_number = library.by_number(symptoms.number) if symptoms.number is not None else None
    if by_number is not None:
        return by_number, "number"
    return by_code, "code"


def _texts(symptoms: Symptoms) -> Iterator[tuple[str, str]]:
    if symptoms.dynamic_message:
        yield "dynamic_message", symptoms.dynamic_message
    if symptoms.message:
        yield "message", symptoms.message


def _diagnosis(
    symptoms: Symptoms, playbook: Playbook, matched_by: str, confidence: float
) -> Diagnosis:
    return Diagnosis(
        playbook=playbook,
        code=symptoms.code,
        number=symptoms.number,
        message=symptoms.dynamic_message or symptoms.message,
        matched_by=matched_by,
        confidence=confidence,
    )
