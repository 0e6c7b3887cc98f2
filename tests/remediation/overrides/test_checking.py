"""Files as a whole: a faulty one is left out, and nothing else."""

import hashlib

from remediation.overrides.checking import Kind, check
from remediation.overrides.file import File
from tests.remediation.overrides.texts import (
    ADDED,
    OURS,
    a_file,
    changed,
    checked,
    faults,
    shipped,
)

CAREFUL = changed("class: auto", "class: guarded")


def test_without_files_it_is_the_library_that_ships() -> None:
    """Nothing is read again, and nothing is copied."""
    assert check(shipped(), ()).library is shipped()


def test_an_override_takes_the_place_of_ours() -> None:
    """With the digest of its own text, which goes into the record."""
    found = checked(CAREFUL)
    playbook = found.library.playbook("sick-agent")
    assert playbook.cause_class.value == "guarded"
    assert playbook.digest == hashlib.sha256(CAREFUL.encode()).hexdigest()
    assert found.library.text(playbook.digest) == CAREFUL
    assert set(found.library.by_id) == set(shipped().by_id)


def test_the_verdict_names_digest_and_kind() -> None:
    """What goes into the settings."""
    override, addition = sorted(checked(CAREFUL, ADDED).verdicts, key=lambda one: one.kind)[::-1]
    assert (override.kind, addition.kind) == (Kind.OVERRIDE, Kind.ADDITION)
    assert override.digest == hashlib.sha256(CAREFUL.encode()).hexdigest()


def test_a_faulty_file_stops_nothing_but_itself() -> None:
    """Ours stays where its override is broken; the addition counts."""
    found = checked(changed("class: auto", "class: brave"), ADDED)
    assert [bool(one.faults) for one in found.verdicts] == [False, True]
    assert found.library.playbook("sick-agent") == shipped().playbook("sick-agent")
    assert found.library.by_code("HouseRule") is not None


def test_what_leads_to_a_faulty_file_is_faulty_too() -> None:
    """Its ladder would end in the air."""
    leading = changed("ladder:", "then: nowhere\nladder:", ADDED)
    broken = changed("class: auto", "class: brave", ADDED).replace("house-rule", "nowhere")
    found = checked(leading, broken)
    assert all(one.faults for one in found.verdicts)
    assert found.library is shipped()


def test_of_two_additions_with_one_code_the_later_one_is_left_out() -> None:
    """The order is that of the names, so that every worker decides alike."""
    second = changed("id: house-rule", "id: z-rule", ADDED).replace("777001", "777002")
    second = second.replace("proxy of our house", "printer in the cellar")
    found = checked(second, ADDED)
    assert [(one.name, bool(one.faults)) for one in found.verdicts] == [
        ("house-rule.yaml", False),
        ("z-rule.yaml", True),
    ]


def test_all_faults_of_all_files_are_told_at_once_in_order() -> None:
    """One run, one list to work off."""
    text = changed("class: auto", "class: brave").replace("do: wait\n", "do: sleep\n")
    broken = changed("agent: ready, ", "", ADDED).replace("777001", "400900")
    broken = broken.replace("expect: retry_backup", "expect: wait")
    places = [":".join(one.split(":")[:3]) for one in faults(text, broken)]
    assert places == [
        "house-rule.yaml:6: numbers.0",
        "house-rule.yaml:11: ladder.0.when",
        "sick-agent.yaml:3: class",
        "sick-agent.yaml:11: ladder.1.do",
    ]


def test_a_file_that_cannot_be_had_is_a_fault() -> None:
    """It is named, and has no digest."""
    (one,) = check(shipped(), [File(name="big.yaml", fault="expected at most 9 bytes")]).verdicts
    assert one.faults == ("big.yaml: expected at most 9 bytes",)
    assert one.digest is None


def test_another_ending_is_told() -> None:
    """As with those that ship."""
    (one,) = check(shipped(), [a_file(OURS, "sick-agent.yml")]).verdicts
    assert one.faults == ("sick-agent.yml: expected the ending .yaml",)


def test_a_name_that_is_not_the_id_is_told() -> None:
    """Else two files could be one playbook."""
    (one,) = check(shipped(), [a_file(OURS, "other.yaml")]).verdicts
    assert "expected id 'other' (the file's name), got 'sick-agent'" in one.faults[0]


def test_a_circle_is_told_and_nothing_hangs() -> None:
    """Two additions that lead to each other."""
    first = changed("ladder:", "then: z-rule\nladder:", ADDED)
    second = changed("id: house-rule", "id: z-rule", first).replace(
        "then: z-rule", "then: house-rule"
    )
    second = second.replace("777001", "777002").replace("HouseRule", "ZRule")
    second = second.replace("proxy of our house", "printer in the cellar")
    assert any("leads in a circle" in one for one in faults(first, second))


def test_an_unreadable_text_is_a_fault_and_no_exception() -> None:
    """Whatever the bytes are."""
    (one,) = check(shipped(), [File(name="x.yaml", data=b"\xff\xfe{{{")]).verdicts
    assert one.faults[0].startswith("x.yaml:1: expected text in UTF-8")
