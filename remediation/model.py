"""The vocabulary of decisions: risks, modes, causes, playbooks and their rungs. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum


class Risk(IntEnum):
    """What an action may do to a machine or its surroundings, in order."""

    NONE = 0
    LOW = 1
    GUEST_IO = 2
    GUEST_SERVICE = 3
    GUEST_CONFIG = 4
    PLATFORM = 5
    DOWNTIME = 6
    DESTRUCTIVE = 7

    @property
    def word(self) -> str:
        """The risk as policies and playbooks write it."""
        return self.name.lower()

    @property
    def disruptive(self) -> bool:
        """Whether it disturbs services or settings, what others share, or the machine itself.

        Not what needs no guest, and not a backup, which has limits of its own.
        """
        return self >= Risk.GUEST_SERVICE


class CauseClass(StrEnum):
    """What may happen unasked: see DESIGN's classes, mirrored in ``docs/playbooks.md``."""

    AUTO = "auto"
    GUARDED = "guarded"
    WAIT = "wait"
    PEOPLE = "people"


class Mode(StrEnum):
    """How far the policy lets us go."""

    OFF = "off"
    OBSERVE = "observe"
    APPROVE = "approve"
    AUTO = "auto"


class DatabaseBackup(StrEnum):
    """Which backups a machine with a database takes: those of its schedule, or ours too."""

    SCHEDULED = "scheduled"
    ON_DEMAND = "on_demand"


class Need(StrEnum):
    """What a rung needs beside its conditions."""

    APPROVAL = "approval"
    WINDOW = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One fix on a ladder.

    ``when``: fact to the values that let the rung be entered. ``wait``: how long after the action
    took effect before it is proved (for ``wait``: the wait itself). ``tries``: how often it may be
    entered.
    """

    do: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wait: timedelta = timedelta()
    needs: frozenset[Need] = frozenset()
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """Cause to ladder. ``digest`` is the SHA-256 of the text it was read from."""

    id: str
    title: str
    cause_class: CauseClass
    ladder: tuple[Rung, ...]
    digest: str
    remedy: str = ""
    references: tuple[str, ...] = ()
    observe_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the classifier concluded from a failed job, and how sure it is (0 to 1)."""

    playbook: Playbook
    code: str | None = None
    number: int | None = None
    message: str | None = None
    matched_by: str = "none"
    confidence: float = 0.0

    @property
    def cause(self) -> str:
        """The cause: the playbook's id."""
        return self.playbook.id
