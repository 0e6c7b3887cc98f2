"""``alarms``: what needs a look though no incident tells of it."""

import json
from collections.abc import Iterable

import typer
from rich.table import Table

from console.cli import layout
from console.cli.client import Tree
from console.cli.commands import ending
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, client


@ending
def alarms(
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List alarms, the newest first: refused overrides, lost messages, locks still away."""
    page = client(api, header, headers).get("/alarms")
    if as_json:
        typer.echo(json.dumps(page, indent=2, ensure_ascii=False))
    elif page["items"]:
        layout.printed(_table(page["items"]))
    else:
        layout.printed(layout.text("no alarm"))


def _table(items: Iterable[Tree]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("raised", no_wrap=True)
    table.add_column("alarm", overflow="fold")
    for one in items:
        table.add_row(layout.text(layout.moment(one["at"])), layout.text(one["text"]))
    return table
