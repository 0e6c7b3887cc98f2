"""An approval: a person's yes to one rung of one incident. Pure values.

It says what exactly is asked, until when, and how many must say yes. A no ends it; so does time.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one person said, and why."""

    by: str
    reason: str
    yes: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What is asked of people. ``key`` names it, so that a late answer meets nothing else.

    ``until``: it is answered by then, or expires; once given, it holds until then. ``needed``: so
    many different people.
    """

    key: str
    rung: int
    action: str
    asked_at: datetime
    until: datetime
    needed: int = 1
    answers: tuple[Answer, ...] = ()

    @property
    def denied(self) -> bool:
        """Whether somebody said no."""
        return any(not one.yes for one in self.answers)

    @property
    def missing(self) -> int:
        """How many more people must say yes."""
        return max(0, self.needed - len({one.by for one in self.answers if one.yes}))

    @property
    def given(self) -> bool:
        """Whether enough people said yes, and nobody no."""
        return not self.denied and self.missing == 0

    def answered_by(self, person: str) -> bool:
        """Whether that person has answered already."""
        return any(one.by == person for one in self.answers)
