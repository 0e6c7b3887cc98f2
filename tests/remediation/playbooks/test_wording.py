"""Texts as they are compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.playbooks.wording import LONGEST, code_key, comparable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VM Agent unable to communicate.", "vm agent UNABLE to communicate"),
        ("Kann nicht „kommunizieren mit Azure“ …", "kann nicht 'kommunizieren mit Azure'"),
        ("The VM 'vm-01' is gone", "The VM 'web02' is gone"),
        ("The VM {0} is gone", "The VM <name> is gone"),
        ("Job 44444444-4444-4444-4444-444444444444 failed", "Job failed"),
        ("Failed at 2026-03-13T01:56:13.9392346Z today", "Failed at today"),
        ("Failed at 7/14/2021 12:00:00 AM today", "Failed at today"),
        ("See http://go.microsoft.com/fwlink/?LinkId=800034 for more", "See for more"),
        ("a\u0000b\u200bc d\r\n\te", "abc d e"),
        ("\uff26\uff55\uff4c\uff4c\u3000\uff57\uff49\uff44\uff54\uff48", "full width"),
        ("resource /subscriptions/x/resourceGroups/y failed", "resource failed"),
    ],
)
def test_what_differs_from_job_to_job_counts_for_nothing(one: str, other: str) -> None:
    """Case, punctuation, quotes, names, ids, times, links, control characters."""
    assert comparable(one) == comparable(other)


def test_a_quoted_phrase_is_wording() -> None:
    """Only a single quoted word is taken for a name."""
    assert "fehler bei der bereitstellung" in comparable("„Fehler bei der Bereitstellung“")


@given(st.text(max_size=300))
def test_comparing_twice_changes_nothing_more(text: str) -> None:
    """What is left is lower case words, whatever came in."""
    once = comparable(text)
    assert once == " ".join(once.split())
    assert "_" not in once


def test_a_long_text_is_cut() -> None:
    """Four thousand characters hold every message there is."""
    assert len(comparable("wort " * 10_000)) <= LONGEST


@given(st.text(max_size=300))
def test_a_code_is_compared_by_letters_and_digits(code: str) -> None:
    """In lower case; any text has a key."""
    key = code_key(code)
    assert key == "".join(sign for sign in key if sign.isalnum())
