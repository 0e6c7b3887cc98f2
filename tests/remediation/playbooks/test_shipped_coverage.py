"""Every documented condition and fix is covered, and the page says where."""

import re

import pytest

from remediation.advice import ADVICE
from remediation.playbooks.loader import SHIPPED, load
from remediation.repertoire import ACTIONS, CONDITIONS, INSPECTED
from tests.remediation.playbooks.coverage_page import PAGE, page
from tests.remediation.playbooks.documented import Documented, fixes

LIBRARY = load()
FIXES = fixes()
_SCRIPTS = SHIPPED.parent / "scripts"
# What a look tells stands in these; a finding or fact that none of them tells is a gap.
_LINUX = (_SCRIPTS / "inspect_guest.sh").read_text(encoding="utf-8")
_WINDOWS = (_SCRIPTS / "inspect_guest.ps1").read_text(encoding="utf-8")
_NETWORK = (SHIPPED.parent / "arm" / "network.py").read_text(encoding="utf-8")
_EVIDENCE = (SHIPPED.parent / "evidence.py").read_text(encoding="utf-8")


def _findings() -> set[str]:
    return {
        *re.findall(r"(?:finding|tail_of) ([a-z_]+)", _LINUX),
        *re.findall(r"Add-(?:Finding|Tail) '([a-z_]+)'", _WINDOWS),
        *re.findall(r'(?:yield |findings\[|found\[)"([a-z_]+)"', _NETWORK + _EVIDENCE),
    }


def _inspected() -> set[str]:
    return {
        *re.findall(r"\bfact ([a-z_]+)", _LINUX),
        *re.findall(r"\$facts\.([a-z_]+)", _WINDOWS),
        *re.findall(r'facts = \{"([a-z_]+)"', _NETWORK),
    }


def _name(one: Documented) -> str:
    return one.id


def test_no_condition_and_no_fix_is_lost() -> None:
    """C1 to C17 and F1 to F32, each with a way in which it is covered."""
    expected = [*(f"C{at}" for at in range(1, 18)), *(f"F{at}" for at in range(1, 33))]
    assert [one.id for one in FIXES] == expected
    assert all(one.by and one.playbooks for one in FIXES)


@pytest.mark.parametrize("one", FIXES, ids=_name)
def test_an_action_that_covers_a_fix_stands_on_a_ladder(one: Documented) -> None:
    """It exists, and stands on a ladder of the playbooks named; a re-reading needs none."""
    on = {rung.do for name in one.playbooks for rung in LIBRARY.playbook(name).ladder}
    assert set(one.actions) <= set(ACTIONS)
    assert set(one.actions) <= on
    generic = all(LIBRARY.entries[name].generic for name in one.playbooks)
    if "fix" in one.by and not generic:
        looks = {"collect_evidence", "inspect_guest", "inspect_network"}
        assert set(one.actions) - looks


@pytest.mark.parametrize("one", FIXES, ids=_name)
def test_what_a_probe_covers_is_told_by_a_look(one: Documented) -> None:
    """Each fact is in the vocabulary and told by an inspection, each finding by somebody."""
    for fact in one.facts:
        name, _, value = fact.partition("=")
        assert value in CONDITIONS[name]
        assert name not in INSPECTED or name in _inspected()
    assert set(one.findings) <= _findings()
    if "probe" in one.by:
        assert one.facts or one.findings


@pytest.mark.parametrize("one", FIXES, ids=_name)
def test_what_people_do_is_said_to_them(one: Documented) -> None:
    """The remedies of its playbooks have the words, line breaks aside."""
    remedies = " ".join(LIBRARY.playbook(name).remedy for name in one.playbooks)
    text = " ".join(remedies.split()).casefold()
    for words in one.remedy:
        assert words.casefold() in text
    if "people" in one.by:
        assert one.remedy


def test_every_inspected_fact_that_bodes_ill_has_advice() -> None:
    """What a probe finds for people says what to do, beside the cause's own remedy."""
    probed = {
        (name, value)
        for one in FIXES
        if one.by == ("probe",)
        for name, _, value in (fact.partition("=") for fact in one.facts)
        if name in INSPECTED
    }
    assert probed
    assert probed <= set(ADVICE)


def test_the_page_of_coverage_is_up_to_date() -> None:
    """Write it again with: python -m tests.remediation.playbooks.coverage_page."""
    assert PAGE.read_text(encoding="utf-8") == page(LIBRARY)
