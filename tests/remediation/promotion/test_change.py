"""The changed document: what was meant and no more; comments and order are kept."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.model import Mode
from remediation.policies.document import PolicyFault, read_document
from remediation.policies.effective import Ground
from remediation.policies.layers import Layer
from remediation.policy import Policy
from remediation.promotion.change import Change, propose
from remediation.promotion.place import find

SUB = "11111111-2222-3333-4444-555555555555"
TEXT = f"""\
# The policy of the bank. Ask ops before you change it.
version: 1  # of the format
defaults:
  mode: observe   # day one
  limits:
    attempts: 3   # fewer than the default

# from here: by place
scopes:
  # the shop
  - name: "web"
    match: {{subscription: {SUB}, resource_group: "rg-web-*"}}
    promoted:
      - reapply_vm   # since March
    max_risk: guest_io
  # the vaults of the north

  - name: north
    match: {{vault: rsv-north}}
    promoted: [reapply_vm]  # flow
# the end
"""


def promoted(
    text: str, action: str, scope: str, *, allow: bool = False, ground: Ground | None = None
) -> Change:
    """Promote in a text."""
    document = read_document(text.encode(), "p.yaml") if text.strip() else None
    place = find(scope, document)
    return propose(text.encode(), "p.yaml", action, place, ground or Ground(), allow=allow)


def added(change: Change) -> list[str]:
    """Lines that came, and lines that went, without the head of the diff."""
    return [one for one in change.diff.splitlines()[2:] if one[0] in "+-"]


@pytest.mark.parametrize(
    ("scope", "lines"),
    [
        ("web", ["+      - retry_backup"]),
        ("*", ["+  promoted: [retry_backup]"]),
        (
            "north",
            [
                "-    promoted: [reapply_vm]  # flow",
                "+    promoted: [reapply_vm, retry_backup]  # flow",
            ],
        ),
        (
            f"/subscriptions/{SUB}/resourceGroups/rg-db",
            [
                "+  - name: promoted in resource group rg-db",
                f"+    match: {{subscription: {SUB}, resource_group: rg-db}}",
                "+    promoted: [retry_backup]",
            ],
        ),
    ],
)
def test_a_change_is_what_was_meant_and_nothing_else(scope: str, lines: list[str]) -> None:
    """Everything that its author wrote stays."""
    change = promoted(TEXT, "retry_backup", scope)
    assert added(change) == lines
    kept = [one for one in TEXT.splitlines() if f"-{one}" not in lines]
    assert [one for one in change.text.splitlines() if one in kept] == kept


def test_the_diff_is_one_that_patch_takes(tmp_path: Path) -> None:
    """Also where the file ends without a newline."""
    if shutil.which("patch") is None:
        pytest.skip("there is no patch on this machine")
    for text in (TEXT, TEXT.rstrip("\n"), TEXT.replace("\n# the end\n", "")):
        change = promoted(text, "retry_backup", "tags.tier=gold")
        (tmp_path / "p.yaml").write_text(text, "utf-8")
        command = ["patch", "-p1", "--no-backup-if-mismatch"]
        subprocess.run(command, cwd=tmp_path, input=change.diff.encode(), check=True)
        assert (tmp_path / "p.yaml").read_text("utf-8") == change.text


def test_the_first_document_is_a_whole_one() -> None:
    """Settings alone hold before it."""
    change = promoted("", "retry_backup", "tags.tier=yes")
    assert change.text == (
        "version: 1\n"
        "scopes:\n"
        "  - name: promoted in tier yes\n"
        '    match: {tags: {tier: "yes"}}\n'
        "    promoted: [retry_backup]\n"
    )
    assert promoted("", "retry_backup", "*").text == (
        "version: 1\ndefaults:\n  promoted: [retry_backup]\n"
    )


def test_a_narrower_list_keeps_what_the_wider_one_has() -> None:
    """A list replaces that of a wider scope: nothing is demoted by promoting something."""
    text = "version: 1\ndefaults: {promoted: [reapply_vm]}\n"
    change = promoted(text, "retry_backup", "resource_group=rg-db")
    assert "promoted: [reapply_vm, retry_backup]" in change.text


def test_a_scope_that_only_overlaps_is_told_of() -> None:
    """Its machines may lose what it promotes; the change is on the careful side, and says so."""
    change = promoted(TEXT, "retry_backup", "tags.tier=gold")
    assert any("scope web" in one and "the new list holds" in one for one in change.notes)
    wide = promoted(TEXT, "retry_backup", "*")
    assert any("scope north" in one and "its own promoted" in one for one in wide.notes)


def test_what_else_the_policy_must_say_is_told_or_written() -> None:
    """Raising a risk is another decision than promoting: only who asks for both gets both."""
    told = promoted("", "clear_lock", "vault=rsv")
    assert added(told)[-1] == "+    promoted: [clear_lock]"
    assert any(one.startswith("max_risk is low there (default)") for one in told.notes)
    assert any("only where opt_in names it" in one for one in told.notes)
    both = promoted("", "clear_lock", "vault=rsv", allow=True)
    assert added(both)[-3:] == [
        "+    promoted: [clear_lock]",
        "+    opt_in: [clear_lock]",
        "+    max_risk: platform",
    ]
    assert not [one for one in both.notes if "max_risk" in one or "opt_in" in one]


def test_a_risk_that_stands_there_is_replaced_in_its_place() -> None:
    """With the comment behind it."""
    text = "version: 1\ndefaults:\n  max_risk: low  # for now\n  mode: observe\n"
    change = promoted(text, "retry_backup", "*", allow=True)
    assert "  max_risk: guest_io  # for now\n" in change.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version: 1\ndefaults: {mode: auto}\n", "nothing need be promoted"),
        ("version: 1\ndefaults: {promoted: [retry_backup]}\n", "promoted there already"),
    ],
)
def test_where_it_runs_already_nothing_is_changed(text: str, words: str) -> None:
    """And the reason names the line."""
    change = promoted(text, "retry_backup", "*")
    assert (change.changed, change.text) == (False, text)
    assert any(words in one and "line 2" in one for one in change.notes)


def test_a_mode_that_is_off_is_told() -> None:
    """What is promoted does not run there."""
    change = promoted("version: 1\ndefaults: {mode: off}\n", "retry_backup", "*")
    assert any("the mode is off there" in one for one in change.notes)


def test_settings_below_the_document_count() -> None:
    """The mode of an app setting is a mode."""
    ground = Ground(policy=Policy(mode=Mode.AUTO), origins={"mode": "setting REMEDIATOR_MODE"})
    change = promoted("", "retry_backup", "*", ground=ground)
    assert not change.changed
    assert any("setting REMEDIATOR_MODE" in one for one in change.notes)


def test_a_document_with_faults_is_not_changed() -> None:
    """It is refused by the checker of every policy."""
    with pytest.raises(PolicyFault, match="unknown key"):
        propose(b"version: 1\nmood: x\n", "p.yaml", "retry_backup", find("*", None), Ground())


# ------------------------------------------------------------ whatever was written before

# None has a hash: the test tells comments by it.
names = st.sampled_from(["web", "db server", "n°3", "on", "a: b", "[x]", 'q"uote', "x'y"])
lists = st.lists(
    st.sampled_from(["reapply_vm", "retry_backup", "restart_agent"]), unique=True, max_size=3
)
comments = st.sampled_from(["", "  # why", "   #[x]: {y}"])
ends = st.sampled_from(["\n", "\r\n"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw a document as people write them: block and flow, comments, quotes, blank lines."""
    lines = [draw(st.sampled_from(["", "---", "# head"])), f"version: 1{draw(comments)}"]
    if draw(st.booleans()):
        lines += _defaults(draw)
    found, inline = draw(st.lists(names, unique=True, max_size=4)), draw(st.booleans())
    if found and inline:
        rows = ", ".join(_flow(draw, name) for name in found)
        lines.append(f"scopes: [{rows}]{draw(comments)}")
    elif found:
        indent = " " * draw(st.sampled_from([0, 2, 4]))
        lines.append(f"scopes:{draw(comments)}")
        for name in found:
            lines += [indent + one if one else "" for one in _scope(draw, name)]
    lines.append(draw(st.sampled_from(["", "# tail", "  # indented tail"])))
    return draw(ends).join(lines)


def _defaults(draw: st.DrawFn) -> list[str]:
    if draw(st.booleans()):
        return [
            f"defaults: {{mode: observe, promoted: [{', '.join(draw(lists))}]}}{draw(comments)}"
        ]
    return ["defaults:", f"    mode: approve{draw(comments)}", "    limits:", "        attempts: 3"]


def _flow(draw: st.DrawFn, name: str) -> str:
    quoted, said = name.replace("'", "''"), ", ".join(draw(lists))
    return f"{{name: '{quoted}', match: {{vault: v-{len(name)}}}, promoted: [{said}]}}"


def _scope(draw: st.DrawFn, name: str) -> list[str]:
    quoted = name.replace("'", "''")
    head = [f"- name: '{quoted}'{draw(comments)}", "  match:", f"    vault: v-{len(name)}"]
    value = draw(lists)
    shape = draw(st.sampled_from(["flow", "block", "tight", "none"]))
    if shape == "flow" or not value:
        body = [f"  promoted: [{', '.join(value)}]{draw(comments)}"]
    else:
        dash = "  - " if shape == "tight" else "    - "
        body = ["  promoted:", *(f"{dash}{one}{draw(comments)}" for one in value)]
    if shape == "none":
        body = ["  mode: observe"]
    return [*head, *body, draw(st.sampled_from(["", "  # below", "# left"]))]


@given(
    text=documents(),
    action=st.sampled_from(["retry_backup", "clear_lock"]),
    pick=st.integers(0, 5),
    allow=st.booleans(),
)
def test_whatever_was_written_before_only_the_place_changes(
    text: str, action: str, pick: int, *, allow: bool
) -> None:
    """The other layers say what they said, and every comment is still there, in its order."""
    before = read_document(text.encode(), "p.yaml")
    named = [one.name for one in before.layers if one.match is not None]
    scope = (["*", "tags.tier=gold", *named] * 6)[pick]
    place = find(scope, before)
    change = propose(text.encode(), "p.yaml", action, place, Ground(), allow=allow)
    after = read_document(change.text.encode(), "p.yaml")
    home = place.name if place.match is not None else ""
    assert _others(before.layers, home) == _others(after.layers, home)
    says = {one.name: one.values.get("promoted", frozenset()) for one in after.layers}
    # The defaults are on every way down; a list that stands there already need not be repeated.
    assert action in (says.get(home) or says[""])  # type: ignore[operator]
    comments_before = [one.partition("#")[2] for one in text.splitlines() if "#" in one]
    comments_after = [one.partition("#")[2] for one in change.text.splitlines() if "#" in one]
    assert comments_after == comments_before
    again = propose(
        change.text.encode(), "p.yaml", action, find(scope, after), Ground(), allow=allow
    )
    assert not again.changed


def _others(layers: tuple[Layer, ...], home: str) -> list[tuple[object, ...]]:
    found = [(one.name, one.match, dict(one.values)) for one in layers if one.name != home]
    return [one for one in found if one != ("", None, {})]
