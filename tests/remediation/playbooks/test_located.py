"""Reading YAML: a closed subset, with lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.playbooks.located import LONGEST, read


def test_values_and_their_lines_are_read() -> None:
    """Every path leads to the line that it stands on."""
    found = read("a: 1\nb:\n  - x\n  - {c: true}\n")
    assert found.value == {"a": 1, "b": ["x", {"c": True}]}
    assert found.line(("a",)) == 1
    assert found.line(("b", 1, "c")) == 4


def test_a_path_that_is_not_there_stands_where_its_parent_stands() -> None:
    """A missing key is told at the mapping that lacks it."""
    assert read("a: 1\nb:\n  c: 2\n").line(("b", "d", "e")) == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("null", None),
        ("", None),
        ("'7'", "7"),
        ("7", 7),
        ("-7", -7),
        ("007", "007"),
        ("1.5", "1.5"),
        ("2026-01-01", "2026-01-01"),
    ],
)
def test_a_plain_word_means_what_it_says(text: str, value: object) -> None:
    """No surprise of YAML 1.1: ``running_job: yes`` is the word yes."""
    assert read(f"a: {text}").value == {"a": value}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\na: 2", "once, got it twice"),
        ("a: &x [1]\nb: *x", "expected no alias"),
        ("a: &x [*x]", "expected no alias"),
        ("a: !!python/object:os.system x", "expected no tag"),
        ("? [1]\n: 2", "expected a word as key"),
        ("a: [1", "not YAML"),
        ("a: \x00", "not YAML"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("", "the file is empty"),
        ("a: " + "[" * 5_000, "not YAML"),
        ("a" * (LONGEST + 1), "expected at most"),
    ],
    ids=lambda value: value[:24].encode("unicode_escape").decode(),
)
def test_what_the_subset_leaves_out_is_a_fault(text: str, fault: str) -> None:
    """Nothing of it is needed, and each has fooled somebody."""
    assert any(fault in one.text for one in read(text).faults)


@given(st.text(max_size=200))
def test_any_text_is_read_or_faulted(text: str) -> None:
    """Reading never raises."""
    found = read(text)
    assert found.faults or found.value is not None or not text.strip() or found.value is None


def test_a_text_without_end_of_nesting_is_a_fault_and_no_crash() -> None:
    """The C library would take the process with it."""
    (fault,) = read("[" * 200_000).faults
    assert fault.text.endswith("expected at most 40 levels of nesting")
    (fault,) = read("a: " + "{b: " * 50 + "}" * 50).faults
    assert fault.text.endswith("expected at most 40 levels of nesting")
