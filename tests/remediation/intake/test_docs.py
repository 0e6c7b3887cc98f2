"""What the page of events says is what the doors read, and what is published."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from remediation import bundle
from remediation.incident import NoticeKind
from remediation.intake import EVENT_TYPE, from_alert, from_event
from remediation.messages import FailureReported, Rejected, VaultNudged
from remediation.policies import notice as policy_notice
from remediation.storms import notice as storm_notice
from remediation.storms.storm import News
from tests.remediation.intake.payloads import ITEM, JOB, SCOPES, VAULT

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text(encoding="utf-8")
PARTS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
CODE = "UserErrorGuestAgentStatusUnavailable"


def sample(part: str) -> Any:
    """Return the JSON that stands in a part of the page."""
    (found,) = re.findall(r"```json\n(.*?)```", PARTS[part], re.DOTALL)
    return json.loads(found)


def rows(part: str) -> list[tuple[list[str], bool]]:
    """Return the fields of a part, each row with whether they are needed."""
    found = re.findall(r"^\| (`[^|]+) \| [^|]+ \| ([^|]+) \|", PARTS[part], re.MULTILINE)
    return [(re.findall(r"`([^`]+)`", names), needed == "yes") for names, needed in found]


def without(tree: Any, path: str) -> Any:
    """Return the payload without one field."""
    copied = json.loads(json.dumps(tree))
    inner = copied[0] if isinstance(copied, list) else copied
    *parents, last = path.split(".")
    for name in parents:
        inner = inner[name]
    inner.pop(last)
    return copied


def test_the_sample_alert_is_taken_in() -> None:
    """Machine, vault, job, hint and time."""
    found = from_alert(json.dumps(sample("The alert")).encode(), SCOPES)
    assert isinstance(found, FailureReported)
    assert found.item is not None
    assert (found.item.shown, found.job.vault.shown, found.job.job) == (ITEM, VAULT, JOB)
    assert (found.code or "").casefold() == CODE.casefold()
    assert found.reported_at is not None


@pytest.mark.parametrize("part", ["The CloudEvent", "In the schema of Event Grid"])
def test_the_sample_events_are_taken_in(part: str) -> None:
    """The same failure in both schemas."""
    (found,) = from_event(sample(part), SCOPES)
    assert isinstance(found, FailureReported)
    assert found.item is not None
    assert (found.item.shown, found.job.vault.shown, found.job.job) == (ITEM, VAULT, JOB)
    assert found.code == CODE
    assert found.reported_at is not None


def test_the_sample_of_a_refused_request_nudges() -> None:
    """It names the vault."""
    (found,) = from_event(sample("A refused backup request"), SCOPES)
    assert isinstance(found, VaultNudged)
    assert found.vault.shown == VAULT


@pytest.mark.parametrize(
    "part",
    [
        "The alert",
        "The CloudEvent",
        "In the schema of Event Grid",
        "A refused backup request",
    ],
)
def test_what_is_called_needed_is_and_nothing_else(part: str) -> None:
    """Each field of the sample is taken away in turn."""
    tree = sample(part)
    for names, needed in rows(part):
        for name in names:
            try:
                less = without(tree, name)
            except KeyError:
                assert not needed or name == "type", name
                continue
            (found,) = (
                [from_alert(json.dumps(less).encode(), SCOPES)]
                if part == "The alert"
                else from_event(less, SCOPES)
            )
            assert isinstance(found, Rejected) == needed, name


def test_every_type_that_is_published_is_listed_and_no_other() -> None:
    """Subscriptions filter by them."""
    listed = re.findall(r"^\| `(BackupRemediator\.\w+\.v1)`", PARTS[LAST], re.MULTILINE)
    known = (*bundle.TYPES.values(), *storm_notice.TYPES.values(), policy_notice.TYPE, EVENT_TYPE)
    assert sorted(listed) == sorted(known)


def test_every_kind_of_notice_is_listed() -> None:
    """As ``data.kind`` has it."""
    kinds = [
        *(one.value for one in NoticeKind),
        *(f"storm_{one.value}" for one in News),
    ]
    assert not [kind for kind in (*kinds, "policy") if f"`{kind}`" not in PARTS[LAST]]


LAST = "What the remediator publishes"
