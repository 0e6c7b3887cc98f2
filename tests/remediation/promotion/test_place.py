"""Where a promotion goes: by name, by ARM id, by keys of a match."""

import pytest

from remediation.policies.document import read_document
from remediation.policies.layers import Document
from remediation.policies.match import Match
from remediation.promotion.place import as_text, find, read

SUB = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUB}/resourceGroups/RG-Web"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1"
VAULT = f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv-1"


def document() -> Document:
    """Two scopes, one of them of the group."""
    text = f"""\
version: 1
defaults: {{mode: observe}}
scopes:
  - {{name: Web, match: {{subscription: {SUB}, resource_group: rg-web}}, mode: approve}}
  - {{name: gold, match: {{tags: {{tier: gold}}}}, max_risk: guest_io}}
"""
    return read_document(text.encode(), "p.yaml")


@pytest.mark.parametrize("text", ["*", "defaults", " * "])
def test_everything_is_the_defaults(text: str) -> None:
    """Where they stand, and where no document stands."""
    assert find(text, None).match is None
    assert find(text, document()).layer is not None


def test_a_scope_is_found_by_its_name_whatever_its_case() -> None:
    """And by what it matches: a second scope of one match would say the same twice."""
    for text in ("web", "WEB", GROUP, f"resource_group=rg-WEB,subscription={SUB}"):
        place = find(text, document())
        assert (place.name, place.layer is not None) == ("Web", True)
    assert find("tags.Tier=Gold", document()).name == "gold"


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (f"/subscriptions/{SUB}", Match(subscription=SUB)),
        (GROUP, Match(subscription=SUB, resource_group="rg-web")),
        (VM, Match(item=VM.lower())),
        (VAULT, Match(vault=VAULT.lower())),
        ("vault=rsv-1", Match(vault="rsv-1")),
        (
            "resource_group=rg-*,tags.a=x,y,tags.b=2",
            Match(resource_group="rg-*", tags={"a": "x,y", "b": "2"}),
        ),
    ],
)
def test_a_new_scope_matches_what_was_named(text: str, match: Match) -> None:
    """It is written back as it is read, and gets a name that is free."""
    assert read(text) == match
    assert read(as_text(match)) == match
    place = find(text, None)
    assert (place.layer, place.match) == (None, match)
    assert 0 < len(place.name) <= 80


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nowhere", "expected * (everything)"),
        ("", "expected * (everything)"),
        ("/subscriptions/x", "expected"),
        ("mood=good", "expected * (everything)"),
        ("resource_group=a,resource_group=b", "expected resource_group once"),
        ("subscription=web", "expected the id of a subscription"),
        (f"item={VM},resource_group=other", "another resource group"),
    ],
)
def test_what_names_no_place_is_refused(text: str, words: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match=r"expected|another") as told:
        find(text, document())
    assert words in str(told.value)
