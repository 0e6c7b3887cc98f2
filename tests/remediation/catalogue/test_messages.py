"""Microsoft's localised texts: each leads to its own cause, and no other text does.

The data are texts that localised articles quote, by code and locale, for causes that ship and for
causes that do not.
"""

import json

import pytest
from rapidfuzz import fuzz

from remediation.catalogue.classifier import classify
from remediation.catalogue.similar import MARGIN, THRESHOLD
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.loader import load
from remediation.playbooks.wording import comparable
from tests.remediation.catalogue.building import DATA

LIBRARY = load()
_LINES = (DATA / "messages.jsonl").read_text(encoding="utf-8").splitlines()
ROWS = [json.loads(line) for line in _LINES]
SHIPPED = [row for row in ROWS if LIBRARY.by_code(row["code"])]
OTHERS = [row for row in ROWS if not LIBRARY.by_code(row["code"])]

# Quoted under the agent's code, and in words the snapshot that timed out: the same ladder.
_OTHERWISE = {"snapshot-timed-out": "agent-snapshot-status"}


def _name(row: dict[str, str]) -> str:
    return f"{row['code']}-{row['locale']}-{ROWS.index(row)}"


@pytest.mark.parametrize("row", SHIPPED, ids=_name)
def test_a_localised_message_leads_to_the_cause_of_its_code(row: dict[str, str]) -> None:
    """In nineteen languages, by the words alone."""
    entry = LIBRARY.by_code(row["code"])
    assert entry is not None
    found = classify(LIBRARY, Symptoms(message=row["message"])).cause
    assert _OTHERWISE.get(found, found) == entry.playbook.id


@pytest.mark.parametrize("row", OTHERS, ids=_name)
def test_a_message_of_a_cause_that_does_not_ship_is_unknown(row: dict[str, str]) -> None:
    """No ladder is climbed for a likeness."""
    assert classify(LIBRARY, Symptoms(message=row["message"])).cause == "unknown"


def test_the_threshold_stands_above_every_wrong_likeness() -> None:
    """Between causes that ship, and between those and the others: four points of room."""
    worst = 0.0
    others = [comparable(row["message"]) for row in OTHERS]
    for one in LIBRARY.wordings:
        for other in LIBRARY.wordings:
            if one.cause != other.cause:
                worst = max(worst, fuzz.token_sort_ratio(one.text, other.text))
        worst = max(worst, *(fuzz.token_sort_ratio(one.text, text) for text in others))
    assert worst < THRESHOLD - 4
    assert MARGIN > 0
