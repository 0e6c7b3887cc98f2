"""The measured table: it is up to date, and it keeps its limits."""

import pytest

from remediation.playbooks.loader import load
from tests.remediation.catalogue.classification_page import PAGE, page, rows
from tests.remediation.catalogue.measuring import Count

LIBRARY = load()
ENGLISH = "English, other wordings than ours"
NOT_OURS = "not ours, or nothing at all"

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def measured() -> dict[str, Count]:
    """Return the counts, by what was measured."""
    return dict(rows(LIBRARY))


def test_the_page_is_up_to_date() -> None:
    """``python -m tests.remediation.catalogue.classification_page`` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page(LIBRARY)


def test_every_message_of_the_playbooks_is_right(measured: dict[str, Count]) -> None:
    """In every language, by the words alone."""
    own = measured["all messages of the playbooks"]
    assert own.right == own.texts, own.faults


def test_other_english_wordings_are_right(measured: dict[str, Count]) -> None:
    """Of other editions, and said otherwise: 95 of 100, and no wrong one."""
    found = measured[ENGLISH]
    assert found.right / found.texts >= 0.95
    assert found.wrong == 0, found.faults


def test_no_text_of_something_else_is_taken_for_ours(measured: dict[str, Count]) -> None:
    """Restores, databases, file shares, other products, and sentences that say nothing."""
    found = measured[NOT_OURS]
    assert found.texts >= 150
    assert found.right == found.texts, found.faults


def test_disguises_change_no_cause(measured: dict[str, Count]) -> None:
    """One in a thousand may be wrong; nine of ten are still recognised."""
    disguised = [one for name, one in measured.items() if name.startswith("all messages, ")]
    assert sum(one.wrong for one in disguised) <= 0.001 * sum(one.texts for one in disguised)
    assert all(one.right / one.texts >= 0.9 for one in disguised)


def test_a_wording_that_nobody_knows_is_unknown_rather_than_wrong(
    measured: dict[str, Count],
) -> None:
    """Each message asked with the others, and each language with all others."""
    for name in (
        "English, in folds",
        "other languages, in folds",
        "other languages, each left out",
    ):
        assert measured[name].wrong <= 0.01 * measured[name].texts, measured[name].faults


def test_wrong_causes_are_hardly_ever_bolder(measured: dict[str, Count]) -> None:
    """Over everything that is measured."""
    assert sum(one.bolder for one in measured.values()) <= 2
