"""What it means to lose a race for a row: somebody else changed it first."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRace:
    """Somebody else committed first: load again and decide again."""
