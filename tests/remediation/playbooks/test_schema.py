"""The published schema, and the checker that applies it without a library."""

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from remediation.playbooks.loader import SHIPPED
from remediation.playbooks.located import read
from remediation.playbooks.schema import SCHEMA, check, published

_REFERENCE = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
_DOCUMENTS = [
    read(path.read_text(encoding="utf-8")).value for path in sorted(SHIPPED.glob("*.yaml"))
]
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.text(max_size=9),
    st.sampled_from(["running", "linux", "retry_backup", "PT2H", "P", "active", "people"]),
    st.lists(st.sampled_from(["running", "stopped", "running", "x"]), max_size=3),
    st.dictionaries(st.sampled_from(["do", "en", "os", "when", "x"]), st.text(max_size=9)),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


@st.composite
def _mutated(draw: st.DrawFn) -> Any:
    """A shipped document in which a few things were replaced, dropped, added or doubled."""
    document: Any = copy.deepcopy(draw(st.sampled_from(_DOCUMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(_places(document)))
        if not path:
            continue
        parent = document
        for key in path[:-1]:
            parent = parent[key]
        match draw(st.sampled_from(["replace", "drop", "add", "double"])):
            case "replace":
                parent[path[-1]] = draw(_VALUES)
            case "drop":
                del parent[path[-1]]
            case "double" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[path[-1]]))
            case _ if isinstance(parent, dict):
                parent[draw(st.sampled_from(["x", "wait", "tries", "power", "then"]))] = draw(
                    _VALUES
                )
            case _:
                parent.append(draw(_VALUES))
    return document


def test_the_schema_is_one_of_its_draft() -> None:
    """Editors and other tools may use it."""
    Draft202012Validator.check_schema(published())


def test_every_shipped_playbook_is_accepted_by_the_reference() -> None:
    """The published schema describes what ships."""
    for document in _DOCUMENTS:
        assert list(_REFERENCE.iter_errors(document)) == []


@given(_mutated())
def test_both_checkers_come_to_the_same_verdict(document: Any) -> None:
    """Whatever is changed in a playbook: ours finds a fault exactly when the reference does."""
    assert (not list(check(document))) == _REFERENCE.is_valid(document)
