"""Tags as people type them."""

import pytest

from remediation.policies.tag_list import read_tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        (" a = b , c=", {"a": "b", "c": ""}),
        ("w=sat,sun 22:00-04:00 UTC,e=p", {"w": "sat,sun 22:00-04:00 UTC", "e": "p"}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_tags_are_read_by_comma_and_a_value_may_hold_one(text: str, tags: dict[str, str]) -> None:
    """A part without a sign belongs to the value before it."""
    assert read_tags(text) == tags


@pytest.mark.parametrize("text", ["gold", "=gold", "a=1,a=2", ",,x"])
def test_what_are_no_tags_is_refused(text: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match="expected tags as name=value, by comma"):
        read_tags(text)
