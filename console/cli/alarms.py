"""``alarms``: what needs a look though no incident tells of it."""

from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Tree
from console.cli.options import Cursor, Everything, Size


@asking
def alarms(
    ask: Ask,
    *,
    size: Size = 50,
    cursor: Cursor = None,
    everything: Everything = False,
) -> None:
    """List alarms, the newest first: refused overrides, lost messages, locks still away."""
    query = {"size": size, "cursor": cursor}
    ask.show(ask.listed("/alarms", query, everything=everything), _laid_out)


def _laid_out(items: list[Tree]) -> RenderableType:
    if not items:
        return layout.text("no alarm")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("raised", no_wrap=True)
    table.add_column("alarm", overflow="fold")
    for one in items:
        table.add_row(layout.text(layout.moment(one["at"])), layout.text(one["text"]))
    return table
