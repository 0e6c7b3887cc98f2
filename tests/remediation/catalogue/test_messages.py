"""Microsoft's localised texts: each leads to its own cause, and no other text does.

The data are texts that localised articles quote, by code and locale.
"""

import json

import pytest

from remediation.catalogue.classifier import classify
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.loader import load
from tests.remediation.catalogue.building import DATA

LIBRARY = load()
_LINES = (DATA / "messages.jsonl").read_text(encoding="utf-8").splitlines()
ROWS = [json.loads(line) for line in _LINES]
# Texts that no code of Azure's stands beside, under names of our own.
_NAMED = {
    "JOB_CANCEL_ERROR": "cancel-refused",
    "UserErrorPremiumStorageNotSupported": "storage-type-unsupported",
    "UserErrorServiceAuthorization": "service-not-authorized",
    "VMAgentNotPresent": "vm-agent-missing",
}


def _name(row: dict[str, str]) -> str:
    return f"{row['code']}-{row['locale']}-{ROWS.index(row)}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_a_localised_message_leads_to_the_cause_of_its_code(row: dict[str, str]) -> None:
    """In nineteen languages, by the words alone."""
    entry = LIBRARY.by_code(row["code"])
    cause = _NAMED[row["code"]] if entry is None else entry.playbook.id
    assert classify(LIBRARY, Symptoms(message=row["message"])).cause == cause
