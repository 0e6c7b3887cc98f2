"""``alarms``: what needs a look though no incident tells of it."""

from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.client import Tree
from console.cli.commands import ending
from console.cli.options import (
    LOCAL,
    Api,
    AsJson,
    Cursor,
    Everything,
    Header,
    Headers,
    Size,
    client,
)
from console.cli.writing import listed, shown


@ending
def alarms(
    *,
    size: Size = 50,
    cursor: Cursor = None,
    everything: Everything = False,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List alarms, the newest first: refused overrides, lost messages, locks still away."""
    query = {"size": size, "cursor": cursor}
    page = listed(client(api, header, headers), "/alarms", query, everything=everything)
    shown(page, _laid_out, as_json=as_json)


def _laid_out(items: list[Tree]) -> RenderableType:
    if not items:
        return layout.text("no alarm")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("raised", no_wrap=True)
    table.add_column("alarm", overflow="fold")
    for one in items:
        table.add_row(layout.text(layout.moment(one["at"])), layout.text(one["text"]))
    return table
