"""Symptoms to cause: string code, then number, then message, then the machine's state.

Total: any symptoms get a diagnosis, whatever stands in them. A generic code (``generic: true`` in
its playbook) decides nothing; the message does, the one that Azure does not localise first, and
only among the causes that the playbook names.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

from remediation.catalogue.foreign import is_foreign
from remediation.catalogue.matcher import Likeness, Matcher
from remediation.catalogue.phrases import Phrases
from remediation.catalogue.symptoms import Symptoms, symptoms_of
from remediation.model import Diagnosis, Playbook
from remediation.playbooks.library import Entry, Library
from remediation.playbooks.wording import LONGEST, code_key
from remediation.views import Job

# A code inside a text, as wrappers write it; shorter ones are words of other products too.
_CODE = re.compile(r"(?<![\w.])[A-Za-z][A-Za-z0-9]{17,99}(?![\w.]\w)")
# How sure a conclusion is that no code, number or message of ours names.
BY_PATTERN = 0.9
BY_CODE_IN_TEXT = 0.95
BY_STATE = 0.5

# What the machine's state says where nothing else does: the cause of a state that is unequivocal.
_GONE = "vm-not-found"
_BROKEN = "vm-provisioning-failed"

_matchers: WeakKeyDictionary[Library, Matcher] = WeakKeyDictionary()


def classify(library: Library, symptoms: Symptoms) -> Diagnosis:
    """Return the diagnosis; what nobody knows gets the playbook ``unknown`` and confidence 0."""
    code = symptoms.code
    entry = library.by_code(code) if code else None
    if entry is not None and not entry.generic:
        return _diagnosis(symptoms, entry.playbook, "code", 1.0)
    number = _number(library, symptoms, known=entry is not None)
    if number is not None and not number.generic:
        return _diagnosis(symptoms, number.playbook, "number", 1.0)
    if entry is None and code and is_foreign(code_key(code)):
        return _diagnosis(symptoms, library.not_ours, "code", BY_PATTERN)
    return _by_message(library, symptoms, entry or number)


def diagnose(library: Library, job: Job, os: str | None = None) -> Diagnosis:
    """Return the diagnosis of a job as the vault told it."""
    return classify(library, symptoms_of(library, job, os))


def with_state(
    library: Library, diagnosis: Diagnosis, *, gone: bool, provisioning: str | None
) -> Diagnosis:
    """Return what the machine's state says where code, number and message say nothing.

    ``gone``: Azure has no such machine. ``provisioning``: its provisioning state, in lower case. A
    generic code is left alone: Azure gave a reason, though nobody knows it.
    """
    if diagnosis.matched_by != "none" or _is_generic(library, diagnosis):
        return diagnosis
    cause = _GONE if gone else _BROKEN if provisioning == "failed" else None
    if cause is None or cause not in library.by_id:
        return diagnosis
    playbook = library.playbook(cause)
    return replace(diagnosis, playbook=playbook, matched_by="state", confidence=BY_STATE)


def _is_generic(library: Library, diagnosis: Diagnosis) -> bool:
    by_code = library.by_code(diagnosis.code) if diagnosis.code else None
    by_number = library.by_number(diagnosis.number) if diagnosis.number is not None else None
    return by_code is not None or by_number is not None


def _number(library: Library, symptoms: Symptoms, *, known: bool) -> Entry | None:
    """Return the entry that claims the number; some write the number in place of the code."""
    if symptoms.number is not None:
        return library.by_number(symptoms.number)
    code = (symptoms.code or "").strip()
    if known or not code.isascii() or not code.isdigit() or len(code) > len("2147483647"):
        return None
    return library.by_number(int(code))


def _by_message(library: Library, symptoms: Symptoms, generic: Entry | None) -> Diagnosis:
    for kind, text in _texts(symptoms):
        likeness = _spoken_of(library, text)
        if likeness is None:
            continue
        among = generic.among if generic is not None else None
        if among is not None and likeness.cause not in among:
            break
        playbook = library.playbook(likeness.cause)
        return _diagnosis(symptoms, playbook, kind, likeness.confidence)
    return _diagnosis(symptoms, library.unknown, "none", 0.0)


def _texts(symptoms: Symptoms) -> Iterator[tuple[str, str]]:
    if symptoms.dynamic_message:
        yield "dynamic_message", symptoms.dynamic_message
    if symptoms.message:
        yield "message", symptoms.message


def _spoken_of(library: Library, text: str) -> Likeness | None:
    """Return the cause whose code stands in the text, else the one whose message it is."""
    text = text[:LONGEST]
    named: dict[str, str] = {}
    for found in _CODE.finditer(text):
        entry = library.by_code(found.group())
        if entry is not None and not entry.generic:
            named[entry.playbook.id] = found.group()
        elif entry is None and is_foreign(found.group().lower()):
            named[library.not_ours.id] = found.group()
    if len(named) == 1:
        ((cause, code),) = named.items()
        return Likeness(cause, BY_CODE_IN_TEXT, code)
    return None if named else matcher_of(library).nearest(text)


def matcher_of(library: Library) -> Matcher:
    """Return the library's matcher; made on first use, as most failures carry a code."""
    matcher = _matchers.get(library)
    if matcher is None:
        matcher = _matchers[library] = Matcher(Phrases(library.wordings))
    return matcher


def _diagnosis(
    symptoms: Symptoms, playbook: Playbook, matched_by: str, confidence: float
) -> Diagnosis:
    message = symptoms.dynamic_message or symptoms.message
    return Diagnosis(
        playbook=playbook,
        code=symptoms.code,
        number=symptoms.number,
        message=message[:LONGEST] if message else message,
        matched_by=matched_by,
        confidence=confidence,
    )
