"""Every documented code, number and message leads to its cause, and none to a bolder class."""

import itertools

import pytest

from remediation.catalogue.classifier import classify
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.library import Maturity
from remediation.playbooks.loader import load
from remediation.playbooks.wording import code_key
from tests.remediation.playbooks.coverage_page import numbers
from tests.remediation.playbooks.documented import CAREFUL, Row, rows

LIBRARY = load()
ROWS = rows()
_MESSAGES = [
    (entry.playbook.id, language, message)
    for entry in LIBRARY.entries.values()
    if entry.maturity is not Maturity.DRAFT
    for language, messages in entry.messages.items()
    for message in messages
]


def _name(row: Row) -> str:
    return f"{row.number}-{row.code}"


def _found(code: str, row: Row) -> str:
    """Classify a job with that code; a generic one tells its message in the details."""
    cause = classify(LIBRARY, Symptoms(code=code, dynamic_message=row.message)).cause
    entry = LIBRARY.by_code(code)
    return entry.playbook.id if cause == "unknown" and entry else cause


def test_there_are_seventy_eight_rows() -> None:
    """None was lost."""
    assert [row.number for row in ROWS] == list(range(1, 79))


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_a_documented_code_leads_to_its_cause(row: Row) -> None:
    """By its code and every alias, in any casing, with its message where the code is generic."""
    for code in (row.code, *row.aliases):
        assert _found(code, row) == row.cause
        assert _found(code.upper(), row) == row.cause


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_a_code_leads_to_no_bolder_class_than_the_articles_suggest(row: Row) -> None:
    """Where ours differs it is more careful."""
    ours = LIBRARY.playbook(row.cause).cause_class
    assert CAREFUL.index(ours) >= CAREFUL.index(row.suggested)


@pytest.mark.parametrize(("number", "cause"), numbers(LIBRARY).items())
def test_a_known_number_leads_to_its_cause(number: int, cause: str) -> None:
    """Alone; where its code is generic it leads nowhere without a message."""
    entry = LIBRARY.by_number(number)
    assert entry is not None
    assert entry.playbook.id == cause
    found = classify(LIBRARY, Symptoms(number=number)).cause
    assert found == ("unknown" if entry.generic else cause)


def test_a_code_and_a_number_stand_in_one_playbook_only() -> None:
    """Also in different casing."""
    entries = LIBRARY.entries.values()
    codes = [code_key(code) for entry in entries for code in entry.codes]
    claimed = [number for entry in entries for number in entry.numbers]
    assert len(codes) == len(set(codes))
    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize(
    "cause", sorted({cause for cause, _, _ in _MESSAGES}), ids=lambda cause: cause
)
def test_every_message_of_a_cause_leads_to_it(cause: str) -> None:
    """In every language: as it stands, and among what Azure writes around it."""
    own = [message for owner, _, message in _MESSAGES if owner == cause]
    around = ("{}", "{}.", "  {} ")
    for message, frame in itertools.product(own, around):
        assert classify(LIBRARY, Symptoms(message=frame.format(message))).cause == cause, message
