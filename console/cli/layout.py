"""Answers of the API laid out for a terminal. Texts from outside steer no terminal here."""

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.cli.client import Tree
from remediation.redact import redact

STYLES = {
    "escalated": "bold red",
    "assessing": "blue",
    "acting": "blue",
    "proving": "cyan",
    "waiting": "yellow",
    "recovered": "green",
    "recovered_degraded": "yellow",
    "closed": "dim",
}
# A line of the list names so many of the guards that hold it back.
MOST_HELD = 3
_MARKS = {
    "done": ("✓", "green"),
    "cured": ("✓", "bold green"),
    "failed": ("✕", "red"),
    "refused": ("✕", "red"),
    "lost": ("?", "red"),
    "abandoned": ("✕", "yellow"),
    "blocked": ("‖", "yellow"),
    "skipped": ("↷", "dim"),
    "acting": ("▶", "bold blue"),
    "current": ("▶", "bold blue"),
    "waiting": ("…", "bold yellow"),
    "held": ("‖", "bold yellow"),
    "to_come": ("·", "dim"),
    "not_needed": ("·", "dim"),
}


def printed(*parts: RenderableType) -> None:
    """Write parts to the terminal; a pipe gets plain text, as wide as it is."""
    terminal = Console()
    console = Console(width=None if terminal.is_terminal else 160)
    for part in parts:
        # A sentence is left whole, so that it can be searched; tables fold.
        console.print(part, soft_wrap=isinstance(part, Text))


def text(value: object, style: str = "") -> Text:
    """Return a value as text that is only text."""
    return Text(redact("" if value is None else str(value)), style=style)


def moment(value: object) -> str:
    """Return a time of the API, short and in UTC."""
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}Z" if isinstance(value, str) else ""


def incidents(items: Iterable[Tree]) -> Table:
    """Return a table of incidents."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("incident", no_wrap=True)
    for name in ("machine", "status", "cause", "ladder", "opened"):
        table.add_column(name)
    table.add_column("why", ratio=1)
    for one in items:
        position = one["position"]
        table.add_row(
            text(one["id"]),
            text(one["vm"], "bold"),
            text(one["status"], STYLES.get(one["status"], "")),
            text(one["cause"]),
            text(f"{position['at']}/{position['rungs']} {position['action'] or ''}"),
            text(moment(one["opened_at"])),
            _listed(one),
        )
    return table


def _listed(one: Tree) -> Group:
    """Return a line's summary and what holds it back; an app that is older does not tell."""
    held = one.get("held", [])
    lines = [f"{reason['guard']}: {reason['reason']}" for reason in held[:MOST_HELD]]
    if len(held) > MOST_HELD:
        lines.append(f"{len(held) - MOST_HELD} more: remediator why {one['id']}")
    if held and one["looked_at_again"]:
        lines.append(f"looked at again {moment(one['looked_at_again'])}")
    return Group(text(one["summary"]), *(text(f"  {line}") for line in lines))


def why(one: Tree) -> Group:
    """Return why an incident is where it is, and when it is looked at again."""
    explained = one["why"]
    lines: list[RenderableType] = [
        Text.assemble(
            text(one["vm"], "bold"),
            "  ",
            text(one["status"], STYLES.get(one["status"], "")),
            "  ",
            text(one["title"]),
        ),
        text(explained["summary"]),
    ]
    for reason in explained["reasons"]:
        until = f" (until {moment(reason['until'])})" if reason["until"] else ""
        lines.append(text(f"  {reason['guard']}: {reason['reason']}{until}"))
    if one["approval"] and one["approval"]["missing"]:
        lines.append(asked(one["approval"]))
    skipped = [rung for rung in one["ladder"] if rung["state"] == "skipped"]
    if skipped:
        lines.append(text("Not done, and why:", "bold"))
        lines += [text(f"  {rung['action']}: {'; '.join(rung['reasons'])}") for rung in skipped]
    if explained["looked_at_again"]:
        at = moment(explained["looked_at_again"])
        lines.append(text(f"Looked at again {at}: {explained['looked_at_for']}"))
    elif one["open"]:
        lines.append(text("Nothing is scheduled: it waits for a person or a new recovery point."))
    if explained["act_by"]:
        lines.append(text(f"Act by {moment(explained['act_by'])}"))
    return Group(*lines)


def asked(approval: Tree) -> Group:
    """Return what is asked of people, and the command that says yes to this request alone."""
    said_yes = [one["by"] for one in approval["answers"] if one["approved"]]
    people = "a person" if approval["needed"] == 1 else f"{approval['needed']} different people"
    facts = (
        f"{approval['action']}, risk {approval['risk'].replace('_', ' ')}: {approval['title']}",
        f"the yes of {people} until {moment(approval['until'])}; {approval['missing']} missing"
        + (f"; said yes: {', '.join(said_yes)}" if said_yes else ""),
        f"{approval['command']}",
        "with deny in the place of approve it is a no",
    )
    return Group(text("Asked of people:", "bold"), *(text(f"  {one}") for one in facts))


def ladder(one: Tree) -> Table:
    """Return the ladder of an incident."""
    table = Table(box=None, show_header=False, pad_edge=False, title_justify="left")
    for rung in one["ladder"]:
        mark, style = _MARKS.get(rung["state"], ("·", ""))
        about = "; ".join([*rung["reasons"], *([rung["detail"]] if rung["detail"] else [])])
        table.add_row(
            Text(mark, style),
            text(rung["action"], style),
            text(rung["state"].replace("_", " "), style),
            text(about),
        )
    return table


def whole(one: Tree) -> Group:
    """Return everything about an incident."""
    facts = Table(box=None, show_header=False, pad_edge=False)
    for name in ("id", "item", "vault", "code", "number", "message", "cause"):
        if one[name] is not None:
            facts.add_row(text(name, "dim"), text(one[name]))
    return Group(
        why(one),
        _part("Facts", facts),
        _part("Ladder", ladder(one)),
        _part("Evidence", _pairs(one["evidence"].items())),
        _part("Timeline", _pairs((moment(e["at"]), e["what"]) for e in one["timeline"])),
        _part("What to do next", _next(one["next"])),
        text(f"  {one['next']['command']}"),
        *(text(f"  {link}") for link in one["next"]["articles"]),
    )


def records(items: Iterable[Tree]) -> Table:
    """Return a table of audit records."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("time", "machine", "incident", "#", "record"):
        table.add_column(name, no_wrap=name in {"incident", "time"})
    table.add_column("what", ratio=1)
    for one in items:
        table.add_row(
            text(moment(one["at"])),
            text(one["vm"]),
            text(one["incident"]),
            text(one["sequence"]),
            text(one["type"]),
            text(one["what"]),
        )
    return table


def _next(following: Tree) -> Group:
    undo = following["undo"]
    return Group(
        text(following["remedy"]),
        *(text(f"- {found}") for found in following["advice"]),
        *([text("What was changed in the guest is taken back by:", "dim")] if undo else []),
        *(text(command) for command in undo),
    )


def _part(title: str, body: RenderableType) -> Group:
    return Group(text(f"\n{title}", "bold"), Padding(body, (0, 0, 0, 2)))


def _pairs(pairs: Iterable[tuple[object, object]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in pairs:
        table.add_row(text(name, "dim"), text(value))
    return table
