"""Loading: everything is checked as a whole, and every fault is told with its file and line."""

import hashlib
from pathlib import Path

import pytest

from remediation.playbooks.library import Maturity
from remediation.playbooks.loader import PlaybookFault, load
from tests.remediation.playbooks.folder import a_folder, minimal


def _faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(PlaybookFault) as caught:
        load(folder)
    return caught.value.faults


def test_a_sound_folder_loads(tmp_path: Path) -> None:
    """The smallest library has the two playbooks that the engine asks for."""
    library = load(a_folder(tmp_path))
    assert set(library.by_id) == {"unknown", "objective-missed"}


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    """Deployed settings pin a playbook by the SHA-256 of its text."""
    library = load(a_folder(tmp_path))
    text = (tmp_path / "unknown.yaml").read_bytes()
    assert library.unknown.digest == hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("class: wait", "class: brave", "broken.yaml:3: class: expected one of auto"),
        ("class: wait\n", "", "broken.yaml:1: expected the key 'class', it is missing"),
        ("status: active", "status: active\nowner: me", "broken.yaml:5: owner: unknown key"),
        ("do: collect_evidence", "do: reboot", "broken.yaml:6: ladder.0.do: expected one of"),
        (
            "do: collect_evidence",
            "do: wait\n    wait: two hours",
            "broken.yaml:7: ladder.0.wait: expected",
        ),
        ("do: collect_evidence", "do: wait", "broken.yaml:6: ladder.0: expected 'wait:"),
        (
            "do: collect_evidence",
            "do: retry_backup\n    when: {weather: fine}",
            "broken.yaml:7: ladder.0.when.weather: unknown key",
        ),
        (
            "do: collect_evidence",
            "do: retry_backup\n    when:\n      power: [running, of course]",
            "broken.yaml:8: ladder.0.when.power.1: expected one of running",
        ),
        (
            "do: collect_evidence",
            "do: retry_backup\n    needs: [luck]",
            "broken.yaml:7: ladder.0.needs.0: expected one of approval, window, got 'luck'",
        ),
        ("do: collect_evidence", "do: wait\n    wait: PT1H\n    tries: 9", "ladder.0.tries"),
        ("id: broken", "id: fixed", "broken.yaml:1: id: expected id 'broken' (the file's name)"),
        ("title: A", "title: [A]\nx: A", "broken.yaml:2: title: expected a text, got a list"),
        ("status: active", "status: active\nstatus: draft", "broken.yaml:5: status: expected the"),
        ("given: {}", "given: {os: [linux]}", "broken.yaml:10: examples.0.given.os: expected one"),
        ("expect: escalate", "expect: hope", "broken.yaml:11: examples.0.expect: expected one of"),
        ("ladder:", "then: nobody\nladder:", "broken.yaml:5: then: expected the id of a playbook"),
        ("ladder:", "then: broken\nladder:", "broken.yaml:5: then: leads in a circle"),
        (
            "class: wait\nstatus: active\nladder:\n  - do: collect_evidence",
            "class: people\nstatus: active\nladder:\n  - do: retry_backup",
            "broken.yaml:6: ladder.0.do: class 'people' may not act, got 'retry_backup'",
        ),
        (
            "  - do: collect_evidence",
            "  - do: retry_backup\nnever: [retry_backup]",
            "broken.yaml:6: ladder.0.do: 'retry_backup' stands under 'never'",
        ),
        ("status: active", "status: active\ngeneric: true", "ladder: expected no rung"),
        ("status: active", "status: active\nmessages: {en: ['- - - - - -']}", "expected words"),
        ("status: active", "status: active\ncodes: [Same, SAME]", "broken.yaml:5: codes.1: 'SAME'"),
        (
            "remedy: Look at the machine and at the job.",
            "remedy: 'no'",
            "remedy: expected at least",
        ),
        ("id: broken", "id: [", "broken.yaml:3: not YAML"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """File, line, field, what was expected and what was there."""
    text = minimal("broken")
    assert old in text
    faults = _faults(a_folder(tmp_path, broken=text.replace(old, new, 1)))
    assert any(fault in one for one in faults), faults


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """An author repairs once, not once a fault."""
    one = (
        minimal("one")
        .replace("class: wait", "class: brave")
        .replace("status: active", "status: maybe")
    )
    two = minimal("two").replace("collect_evidence", "reboot")
    faults = _faults(a_folder(tmp_path, one=one, two=two))
    assert [fault.split(":")[0] for fault in faults] == ["one.yaml", "one.yaml", "two.yaml"]


@pytest.mark.parametrize(
    "claim",
    [
        "codes: [SomeError]",
        "numbers: [400001]",
        "messages: {en: [The backup went wrong in a new way]}",
    ],
)
def test_two_playbooks_may_not_claim_the_same_failure(tmp_path: Path, claim: str) -> None:
    """One failure, one cause: also where case and punctuation differ."""
    first = minimal("first").replace("status: active", f"status: active\n{claim}")
    other = claim.replace("SomeError", "SOMEERROR").replace("way]", "way!]")
    second = minimal("second").replace("status: active", f"status: observe\n{other}")
    (fault,) = _faults(a_folder(tmp_path, first=first, second=second))
    assert fault.startswith("second.yaml:5: ")
    assert "stands in first.yaml too" in fault


def test_a_draft_matches_nothing_and_claims_nothing(tmp_path: Path) -> None:
    """It may be written beside the playbook that it will replace."""
    first = minimal("first").replace("status: active", "status: active\ncodes: [SomeError]")
    draft = minimal("draft").replace("status: active", "status: draft\ncodes: [SomeError, Other]")
    library = load(a_folder(tmp_path, first=first, draft=draft))
    found = library.by_code("SomeError")
    assert found is not None
    assert found.playbook.id == "first"
    assert library.by_code("Other") is None
    assert library.entries["draft"].maturity is Maturity.DRAFT


def test_a_playbook_under_observation_only_observes(tmp_path: Path) -> None:
    """It is recognised, and its ladder is a dry run."""
    text = minimal("fresh").replace("status: active", "status: observe\ncodes: [SomeError]")
    entry = load(a_folder(tmp_path, fresh=text)).by_code("someerror")
    assert entry is not None
    assert entry.playbook.observe_only


def test_then_appends_the_ladder_of_another(tmp_path: Path) -> None:
    """A cause adds its own rungs before a ladder that others share."""
    shared = minimal("shared").replace("collect_evidence", "retry_backup")
    first = minimal("first").replace("ladder:", "then: shared\nladder:")
    ladder = load(a_folder(tmp_path, shared=shared, first=first)).playbook("first").ladder
    assert [rung.do for rung in ladder] == ["collect_evidence", "retry_backup"]


def test_never_holds_for_the_rungs_that_then_brings_in(tmp_path: Path) -> None:
    """What must not be done may not come in by the back door."""
    shared = minimal("shared").replace("collect_evidence", "retry_backup")
    first = minimal("first").replace("ladder:", "then: shared\nnever: [retry_backup]\nladder:")
    (fault,) = _faults(a_folder(tmp_path, shared=shared, first=first))
    assert fault == "first.yaml:5: then: 'retry_backup' stands under 'never'"


def test_a_circle_of_several_playbooks_is_found(tmp_path: Path) -> None:
    """Whoever leads into the circle is told, too."""
    one = minimal("one").replace("ladder:", "then: two\nladder:")
    two = minimal("two").replace("ladder:", "then: one\nladder:")
    faults = _faults(a_folder(tmp_path, one=one, two=two))
    assert faults == (
        "one.yaml:5: then: leads in a circle: one > two > one",
        "two.yaml:5: then: leads in a circle: two > one > two",
    )


def test_then_may_not_lead_to_a_draft(tmp_path: Path) -> None:
    """A draft is not in force, and neither are its rungs."""
    draft = minimal("draft").replace("status: active", "status: draft")
    first = minimal("first").replace("ladder:", "then: draft\nladder:")
    assert _faults(a_folder(tmp_path, draft=draft, first=first)) == (
        "first.yaml:5: then: 'draft' is a draft",
    )


@pytest.mark.parametrize("name", ["unknown", "objective-missed"])
def test_a_library_without_its_required_playbooks_is_refused(tmp_path: Path, name: str) -> None:
    """Better at the start than at three in the morning."""
    folder = a_folder(tmp_path)
    (folder / f"{name}.yaml").unlink()
    assert _faults(folder) == (f"{name}.yaml: expected this playbook, it is missing",)


def test_a_broken_file_is_not_told_as_missing_too(tmp_path: Path) -> None:
    """One mistake, one sentence."""
    first = minimal("first").replace("ladder:", "then: shared\nladder:")
    shared = minimal("shared").replace("class: wait", "class: brave")
    (fault,) = _faults(a_folder(tmp_path, first=first, shared=shared))
    assert fault.startswith("shared.yaml:3: class")


def test_a_folder_without_playbooks_is_refused(tmp_path: Path) -> None:
    """An empty deployment does not start as one that knows nothing."""
    assert "expected a folder with playbooks" in _faults(tmp_path)[0]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong path is a fault, no crash."""
    assert "expected a folder with playbooks" in _faults(tmp_path / "nowhere")[0]


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """A file that nobody reads would be believed to be in force."""
    folder = a_folder(tmp_path)
    (folder / "extra.yml").write_text(minimal("extra"), encoding="utf-8")
    assert _faults(folder) == ("extra.yml: expected the ending .yaml",)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """UTF-8, as the messages of twenty languages need it."""
    folder = a_folder(tmp_path)
    (folder / "latin.yaml").write_bytes(minimal("latin").encode() + "remedy: ä".encode("latin-1"))
    assert _faults(folder)[0].startswith("latin.yaml:12: expected text in UTF-8")


@pytest.mark.parametrize(
    ("among", "fault"),
    [
        ("generic: true\namong: [nobody]", "among.0: expected the id of a playbook, got 'nobody'"),
        ("among: [unknown]", "among: expected 'generic: true' beside it"),
        ("generic: true\namong: []", "among: expected at least 1 entries"),
    ],
)
def test_a_generic_playbook_names_causes_that_are_there(
    tmp_path: Path, among: str, fault: str
) -> None:
    """Else its messages would lead nowhere, or anywhere."""
    text = minimal("broken").replace("status: active", f"status: active\n{among}")
    text = text.replace("ladder:\n  - do: collect_evidence", "ladder: []")
    assert any(fault in one for one in _faults(a_folder(tmp_path, broken=text)))


def test_a_generic_playbook_may_not_leave_the_cause_to_a_draft(tmp_path: Path) -> None:
    """A draft matches nothing."""
    draft = minimal("draft").replace("status: active", "status: draft")
    text = minimal("first").replace(
        "status: active", "status: active\ngeneric: true\namong: [draft]"
    )
    text = text.replace("ladder:\n  - do: collect_evidence", "ladder: []")
    assert _faults(a_folder(tmp_path, draft=draft, first=text)) == (
        "first.yaml:6: among.0: 'draft' is a draft",
    )
