"""What a check found: how many things it looked at, and what was wrong with them."""

from dataclasses import dataclass, field

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """A verdict. Nothing looked at is nothing proved: then it is not held."""

    held: bool
    checked: int
    detail: str


@dataclass(slots=True)
class Findings:
    """Collects while a check goes on; ``what`` names the things that are counted."""

    what: str
    checked: int = 0
    faults: list[str] = field(default_factory=list)

    def look(self, count: int = 1) -> None:
        """Count things that were looked at."""
        self.checked += count

    def fault(self, text: str) -> None:
        """Note something that is wrong."""
        self.faults.append(text)

    def verdict(self) -> Guarantee:
        """Return the verdict with the first faults in words."""
        if self.faults:
            more = len(self.faults) - MOST_SHOWN
            shown = "; ".join(self.faults[:MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")
            return Guarantee(held=False, checked=self.checked, detail=shown)
        if not self.checked:
            return Guarantee(held=False, checked=0, detail=f"no {self.what} to look at")
        return Guarantee(held=True, checked=self.checked, detail=f"{self.checked} {self.what}")


def short(item: str) -> str:
    """Return the last part of an ARM id, for people."""
    return item.rpartition("/")[2]
