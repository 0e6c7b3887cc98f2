"""The composition root ties anchoring and retention to one storage account."""

from datetime import timedelta

import pytest

from functions.wiring import build
from remediation.settings import SettingsError
from state import layout
from state.account import StorageAccount
from state.housekeeping import Kept


def test_a_process_anchors_the_day_once_and_removes_nothing_young(azurite: str) -> None:
    """Whichever process comes first; the next one finds the day's anchor."""
    settings = {"AzureWebJobsStorage": azurite, "REMEDIATOR_LOCAL": "true"}
    one, other = build(settings), build(settings)
    container = StorageAccount(azurite).container(layout.ANCHORS)
    before = set(container.list_blob_names())
    names = {one.housekeeping.run().anchor, other.housekeeping.run().anchor} - {None}
    assert set(container.list_blob_names()) - before == names
    assert len(names) <= 1
    assert one.housekeeping.run() == Kept()
    container.close()


def test_settings_of_the_upkeep_are_read_at_the_start(azurite: str) -> None:
    """A retention that is too short is no retention: the process does not start."""
    settings = {"AzureWebJobsStorage": azurite, "REMEDIATOR_AUDIT_RETENTION": "P100D"}
    assert build(settings).housekeeping.retention.keep == timedelta(days=100)
    with pytest.raises(SettingsError, match="REMEDIATOR_AUDIT_RETENTION"):
        build({**settings, "REMEDIATOR_AUDIT_RETENTION": "P30D"})
