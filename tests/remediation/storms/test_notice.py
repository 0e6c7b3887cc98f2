"""What people are told of a storm."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from remediation.storms.notice import TYPES, notification
from remediation.storms.storm import News, Storm, StormState
from tests.remediation.storms.building import NOON, vault_scope

STORM = Storm(
    id="storm-1",
    owner=vault_scope(),
    scopes=(vault_scope(),),
    opened_at=NOON,
    last_failure_at=NOON,
    items=12,
    first_items=("vm-1", "vm-2"),
    codes=("InternalError", "UserErrorX?sig=AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH"),
    held=11,
    overdue=4,
    overdue_items=("vm-7",),
)


def test_the_notice_says_where_how_many_which_first_and_what_is_done() -> None:
    """All that a person on call needs to look at the right place."""
    told = notification(STORM, News.DETECTED, NOON)
    assert told.type == "BackupRemediator.StormDetected.v1"
    assert told.subject == vault_scope().name
    assert told.data["items"] == 12
    assert told.data["first_items"] == ["vm-1", "vm-2"]
    assert told.data["reason"] == (
        "12 machines failed in vault west: one repair at a time, until one is verified"
    )


def test_each_kind_of_news_has_one_key_whenever_it_is_told() -> None:
    """A repeat is recognised."""
    later = replace(STORM, items=900, level=8)
    for news in News:
        one, again = notification(STORM, news, NOON), notification(later, news, NOON)
        assert one.key == again.key == f"storm-1-{news.value}"


def test_the_escalation_says_how_many_are_past_their_deadline_and_names_them() -> None:
    """It speaks for all of them."""
    told = notification(replace(STORM, state=StormState.ESCALATED), News.ESCALATED, NOON)
    assert "11 incidents are held back, 4 past their deadline" in str(told.data["reason"])
    assert told.data["overdue_items"] == ["vm-7"]


def test_the_end_says_what_came_of_it_or_what_it_became_part_of() -> None:
    """So that a ticket can be closed."""
    ended = replace(STORM, state=StormState.ENDED, verified=9, ended_at=NOON + timedelta(hours=1))
    assert "9 repairs verified" in str(notification(ended, News.ENDED, NOON).data["reason"])
    joined = replace(STORM, state=StormState.JOINED, joined="storm-9")
    assert "part of storm-9" in str(notification(joined, News.ENDED, NOON).data["reason"])


def test_codes_from_outside_are_redacted() -> None:
    """They come from Azure, and go to a chat."""
    assert "AAAABBBB" not in str(notification(STORM, News.DETECTED, NOON).data["codes"])


def test_every_type_of_event_is_documented() -> None:
    """Automation subscribes by type."""
    page = (Path(__file__).parents[3] / "docs" / "storms.md").read_text()
    assert not [kind for kind in TYPES.values() if f"`{kind}`" not in page]
