"""The live view: progress, one line an incident with its place on the ladder, status and cause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from local.demo.incidents import FINAL, Incident

STYLES = {
    "recovered": "green",
    "recovered_degraded": "yellow",
    "escalated": "red",
    "closed": "dim",
    "waiting": "cyan",
    "acting": "bold blue",
    "proving": "blue",
    "assessing": "magenta",
}
# Rows of the screen that are not incidents: header, bar, legend and frames.
_FRAME = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is shown at one time. ``failing``: machines whose backups fail in this world."""

    now: datetime
    began: datetime
    speed: float
    failing: int
    incidents: tuple[Incident, ...]
    awaited: tuple[str, ...]
    page: str


@dataclass(slots=True)
class View:
    """Draws the newest moment, as much of it as fits on the screen."""

    moment: Moment | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.moment is None:
            yield Text("Starting the local stack …")
            return
        height = max(5, (options.height or console.height) - _FRAME)
        yield Group(_head(self.moment), _table(self.moment.incidents, height), _foot(self.moment))


def counts(found: Sequence[Incident]) -> str:
    """Return the five statuses in one line."""
    groups = Counter(one.group for one in found)
    words = {name: name.replace("_", " ") for name in (*FINAL, "escalated", "open")}
    return ", ".join(f"{groups[name]} {word}" for name, word in words.items() if groups[name])


def elapsed(moment: Moment) -> str:
    """Return the simulated time that has passed, as days and ``hh:mm``."""
    minutes = int((moment.now - moment.began).total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    return f"{f'{days} d ' if days else ''}{rest // 60:02}:{rest % 60:02}"


def ladder(one: Incident) -> str:
    """Return the place on the ladder: rungs behind, the one at hand, and its action."""
    ended = one.status in FINAL
    here = min(one.rung, len(one.ladder))
    marks = "●" * here + ("" if ended else "◐"[: len(one.ladder) - here])
    marks += "○" * (len(one.ladder) - len(marks))
    cured = next((a.action for a in reversed(one.attempts) if a.result == "cured"), None)
    if ended:
        return f"{marks} {cured or ''}".strip()
    action = one.ladder[here] if here < len(one.ladder) else "people"
    return f"{marks} {action}"


def _head(moment: Moment) -> Group:
    done = sum(one.group != "open" for one in moment.incidents)
    line = Text.assemble(
        ("Azure Backup Remediator", "bold"),
        f"   {moment.now:%a %H:%M} simulated (+{elapsed(moment)}, {moment.speed:g} s a second)",
    )
    bar = ProgressBar(total=max(moment.failing, 1), completed=done, width=60)
    summary = Text(f"{done} of {moment.failing} settled: {counts(moment.incidents) or 'none yet'}")
    return Group(line, bar, summary)


def _table(found: Sequence[Incident], height: int) -> Table:
    table = Table(box=None, expand=True, pad_edge=False)
    for name, ratio in (("machine", 2), ("status", 2), ("cause", 3), ("ladder", 4), ("now", 5)):
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    ordered = sorted(found, key=lambda one: (one.status in FINAL, one.opened_at, one.name))
    for one in ordered[:height]:
        style = STYLES.get(one.status, "")
        cells = (one.name, one.status.replace("_", " "), one.cause, ladder(one), one.says)
        table.add_row(
            *(Text(cell, style=style if place == 1 else "") for place, cell in enumerate(cells))
        )
    if len(ordered) > height:
        table.add_row(Text(f"… and {len(ordered) - height} more", style="dim"))
    return table


def _foot(moment: Moment) -> Panel:
    waits = "; ".join(moment.awaited) or "nothing"
    return Panel(Text(f"still to come: {waits}\nthe page: {moment.page}"), border_style="dim")
