"""The page of coverage: ``python -m tests.remediation.playbooks.coverage_page``."""

from collections.abc import Iterator
from pathlib import Path

from remediation.model import Playbook
from remediation.playbooks.ladder import first_action
from remediation.playbooks.library import Entry, Library
from remediation.playbooks.loader import load
from tests.remediation.playbooks.documented import MORE_NUMBERS, Documented, Row, fixes, rows

PAGE = Path(__file__).parents[3] / "docs/coverage.md"

HEAD = """\
# Coverage: what is documented, and where it is covered

Written by `python -m tests.remediation.playbooks.coverage_page`; a test holds the page to the
playbooks, and fails where something documented is covered by nothing.

*fix*: an action on a ladder repairs it. *probe*: a look finds it, and the hand-over says so.
*people*: the remedy says what a person does. The sources are the support articles on failed
backups of virtual machines, in their editions from 2015 on.

## Conditions

| id | what | by | playbook | actions | facts and findings | remedy says |
|---|---|---|---|---|---|---|
"""
FIXES = """
## Causes and fixes

| id | what | by | playbook | actions | facts and findings | remedy says |
|---|---|---|---|---|---|---|
"""
CODES = """
## Error codes

A class in brackets is what a first reading of the articles suggests, where ours is more careful.
The first action is the one after the evidence, conditions on the machine's state left aside; what
may really run is decided by class, policy and guards.

| row | code, aliases, numbers | cause | class | first action |
|---|---|---|---|---|
"""
NUMBERS = """
## Numbers

| number | cause |
|---|---|
"""
PLAYBOOKS = """
## Playbooks

| playbook | what | class | first action | languages |
|---|---|---|---|---|
"""


def page(library: Library) -> str:
    """Return the whole page."""
    documented = fixes()
    conditions = (_fix(one) for one in documented if one.id.startswith("C"))
    causes = (_fix(one) for one in documented if one.id.startswith("F"))
    codes = (_code(library, one) for one in rows())
    entries = (_entry(one) for one in library.entries.values())
    parts = (HEAD, *conditions, FIXES, *causes, CODES, *codes)
    return "".join((*parts, NUMBERS, *_numbers(library), PLAYBOOKS, *entries))


def numbers(library: Library) -> dict[int, str]:
    """Return every number that is documented or was seen, and the cause that ships for it."""
    known = {number: row.cause for row in rows() for number in row.numbers} | MORE_NUMBERS
    claimed = {
        number: entry.playbook.id for entry in library.entries.values() for number in entry.numbers
    }
    return dict(sorted((known | claimed).items()))


def _fix(one: Documented) -> str:
    seen = [*one.facts, *one.findings]
    says = ", ".join(f'"{words}"' for words in one.remedy)
    cells = (one.id, one.says, ", ".join(one.by), _ticked(one.playbooks), _ticked(one.actions))
    return f"| {' | '.join((*cells, _ticked(seen), says))} |\n"


def _ticked(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _code(library: Library, row: Row) -> str:
    playbook = library.playbook(row.cause)
    kind = playbook.cause_class
    held = kind.value if kind is row.suggested else f"{kind.value} ({row.suggested.value})"
    names = _ticked([row.code, *row.aliases, *map(str, row.numbers)])
    entry = library.by_code(row.code)
    told = f": {row.message}" if entry is not None and entry.generic else ""
    return f"| {row.number} | {names}{told} | `{row.cause}` | {held} | {_first(playbook)} |\n"


def _first(playbook: Playbook) -> str:
    return f"`{first_action(playbook, {})}`"


def _numbers(library: Library) -> Iterator[str]:
    for number, cause in numbers(library).items():
        yield f"| {number} | `{cause}` |\n"


def _entry(entry: Entry) -> str:
    playbook = entry.playbook
    first = "by the message" if entry.generic else _first(playbook)
    cells = (f"`{playbook.id}`", playbook.title, playbook.cause_class.value, first)
    return f"| {' | '.join((*cells, ' '.join(entry.messages)))} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(load()), encoding="utf-8")
