"""``rejected``: deliveries that led to no incident, and why."""

from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Tree
from console.cli.options import Cursor, Everything, Since, Size, Until
from remediation.redact import redact

# A few lines of a table: enough to know a delivery by.
_MOST_TEXT = 300


@asking
def rejected(
    ask: Ask,
    *,
    since: Since = None,
    until: Until = None,
    size: Size = 50,
    cursor: Cursor = None,
    everything: Everything = False,
) -> None:
    """List deliveries that led to no incident: by which door, why, and what they said."""
    query = {"from": since, "to": until, "size": size, "cursor": cursor}
    ask.show(ask.listed("/rejected", query, everything=everything), _laid_out)


def _laid_out(items: list[Tree]) -> RenderableType:
    if not items:
        return layout.text("no delivery was rejected")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("at", no_wrap=True)
    table.add_column("door", no_wrap=True)
    table.add_column("reason", overflow="fold")
    table.add_column("text", ratio=1, overflow="fold")
    for one in items:
        texts = (layout.moment(one["at"]), one["door"], one["reason"], _beginning(one["text"]))
        table.add_row(*map(layout.text, texts))
    return table


def _beginning(text: str) -> str:
    """Return the beginning of what a delivery said, in one line: it may have 32 KiB."""
    # Hidden before it is cut: half a secret would not be known for one.
    line = " ".join(redact(text).split())
    cut = line[:_MOST_TEXT]
    return line if cut == line else f"{cut}… ({len(line) - len(cut)} more characters; --json)"
