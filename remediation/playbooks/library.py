"""The library: every playbook with what it is recognised by, ready to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from remediation.model import CauseClass, Playbook
from remediation.playbooks.wording import code_key, statements

# Where a failure that nobody knows ends, and where an item that missed its objective begins.
UNKNOWN = "unknown"
OBJECTIVE_MISSED = "objective-missed"
# Where an error of a restore or of another workload ends.
NOT_OURS = "not-ours"

# How bold a class is: what is done unasked where a cause is concluded wrongly.
STRENGTH = {
    CauseClass.PEOPLE: 0,
    CauseClass.WAIT: 1,
    CauseClass.GUARDED: 2,
    CauseClass.AUTO: 3,
}


class Maturity(StrEnum):
    """A playbook's status."""

    DRAFT = "draft"
    OBSERVE = "observe"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One failure and the first action it leads to after the evidence, or ``escalate``."""

    name: str
    cause: str
    expect: str
    code: str | None = None
    number: int | None = None
    message: str | None = None
    dynamic_message: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A playbook and what stands beside its ladder; ``text`` is the file as it was read.

    ``about`` says in a few sentences what has happened and why; empty where the file says nothing.
    ``generic`` codes leave the cause to the message, ``among`` those causes (None: all).
    """

    playbook: Playbook
    maturity: Maturity
    text: str
    about: str = ""
    generic: bool = False
    among: frozenset[str] | None = None
    codes: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    messages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """A message of a playbook, as it is compared: whole, and a statement at a time.

    ``strength`` says how bold the cause's class is: people 0, wait 1, guarded 2, auto 3.
    """

    text: str
    language: str
    cause: str
    statements: tuple[str, ...] = ()
    strength: int = 0

    @classmethod
    def of(cls, message: str, language: str, entry: Entry) -> Self:
        """Return the wording of a message as it stands in the playbook."""
        said = tuple(statements(message))
        strength = STRENGTH[entry.playbook.cause_class]
        return cls(" ".join(said), language, entry.playbook.id, said, strength)


class Library:
    """All playbooks. What a draft is recognised by is left out: it matches nothing."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        """Index entries that were checked as a whole; the last of two equal codes would win."""
        self.entries: Mapping[str, Entry] = MappingProxyType(dict(entries))
        self.by_id: Mapping[str, Playbook] = MappingProxyType(
            {name: entry.playbook for name, entry in entries.items()}
        )
        live = [entry for entry in entries.values() if entry.maturity is not Maturity.DRAFT]
        self._codes = {code_key(code): entry for entry in live for code in entry.codes}
        # The usual spelling needs no normalising: most failures are answered by this look-up.
        self._spelt = {code: entry for entry in live for code in entry.codes}
        self._numbers = {number: entry for entry in live for number in entry.numbers}
        self._wordings: tuple[Wording, ...] | None = None
        self._texts = {entry.playbook.digest: entry.text for entry in entries.values()}
        self._live = live

    def playbook(self, name: str) -> Playbook:
        """Return the playbook of that id; raises KeyError."""
        return self.by_id[name]

    @property
    def unknown(self) -> Playbook:
        """The playbook of failures that nobody knows."""
        return self.by_id[UNKNOWN]

    @property
    def objective_missed(self) -> Playbook:
        """The playbook of items past their objective though no job failed."""
        return self.by_id[OBJECTIVE_MISSED]

    @property
    def not_ours(self) -> Playbook:
        """The playbook of what is no failed backup of a machine; without one, ``unknown``."""
        return self.by_id.get(NOT_OURS) or self.unknown

    def text(self, digest: str) -> str:
        """Return the file that a digest names; raises KeyError."""
        return self._texts[digest]

    def by_code(self, code: str) -> Entry | None:
        """Return the entry that claims the string code, in any casing and spelling it lists."""
        return self._spelt.get(code) or self._codes.get(code_key(code))

    def by_number(self, number: int) -> Entry | None:
        """Return the entry that claims the number."""
        return self._numbers.get(number)

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """Every message as it is compared; prepared on first use, most failures carry a code."""
        if self._wordings is None:
            self._wordings = tuple(
                Wording.of(message, language, entry)
                for entry in self._live
                for language, messages in entry.messages.items()
                for message in messages
            )
        return self._wordings
