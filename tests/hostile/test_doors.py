"""Every door and the codec, fed with what somebody means us to stumble over."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.hostile import texts
from tests.hostile.targets import TARGETS
from tests.upgrades.golden import versions, written

pytestmark = pytest.mark.proof

_VALUES = [text.encode() for _, text in written(versions()[-1])]


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """A value as it is stored, with something in it that nobody wrote."""
    tree: Any = json.loads(draw(st.sampled_from(_VALUES)))
    place = tree
    while isinstance(place, dict) and place:
        key = draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or draw(st.integers(0, 2)) == 0:
            place[key] = draw(texts.trees)
            break
        place = place[key]
    return texts.written(tree)


@pytest.mark.parametrize("door", ["alert_door", "event_door", "push_door", "wakeup_door"])
@given(body=texts.bodies)
def test_a_door_takes_anything(door: str, body: bytes) -> None:
    """It is an incident's beginning in scope, or kept with a reason and without its secrets."""
    TARGETS[door](body)


@pytest.mark.parametrize("name", texts.BOMBS)
@pytest.mark.parametrize("door", TARGETS)
def test_a_bomb_is_refused_as_anything_else(door: str, name: str) -> None:
    """Depth, length, numbers and encodings that a parser may stumble over."""
    TARGETS[door](texts.bomb(name))


@given(body=_damaged() | texts.bodies)
def test_what_stands_in_storage_is_read_or_refused(body: bytes) -> None:
    """Never half read, and never another error than the one that names the field."""
    TARGETS["stored_texts"](body)
    TARGETS["wakeup_door"](body)


@given(text=texts.ids)
def test_an_id_is_plain_or_no_id(text: str) -> None:
    """Dots, blanks, quotes, percent signs, and letters that only look like ours."""
    TARGETS["ids"](text.encode(errors="surrogatepass"))


@given(text=st.lists(texts.fragments | st.text(max_size=5), max_size=12).map("".join))
@example(text="password=[redacted]`")
def test_redaction_is_whole_and_the_same_however_often(text: str) -> None:
    """Marks, escapes and secrets in any order."""
    TARGETS["redaction"](text.encode(errors="surrogatepass"))


@given(tree=texts.trees)
def test_a_policy_document_is_read_or_refused(tree: object) -> None:
    """JSON is YAML, too."""
    TARGETS["policy_document"](texts.written(tree))
    wrapped = {"version": 1, "defaults": tree, "scopes": [tree]}
    TARGETS["policy_document"](texts.written(wrapped))
