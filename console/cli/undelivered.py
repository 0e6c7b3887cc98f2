"""``undelivered``, ``replay`` and ``discard``: messages that no function could take."""

import json
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from console.cli import layout
from console.cli.client import Tree
from console.cli.commands import ending
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, client

Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the record.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The message's key, as the list shows it.")]


@ending
def undelivered(
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List poison messages and dead letters, and what persons did with them."""
    page = client(api, header, headers).get("/undelivered")
    if as_json:
        typer.echo(json.dumps(page, indent=2, ensure_ascii=False))
        return
    if not page["items"]:
        layout.printed(layout.text("nothing is undelivered"))
    for one in page["items"]:
        when = layout.moment(one["at"])
        layout.printed(layout.text(one["key"], "bold"), layout.text(f"  {when} {one['reason']}"))
        layout.printed(layout.text(f"  {one['text']}", "dim"))
    if page["more"]:
        layout.printed(layout.text(f"about {page['more']} more lie behind these", "dim"))
    if page["deeds"]:
        layout.printed(layout.text("\nWhat was done:", "bold"), _table(page["deeds"]))


@ending
def replay(
    key: Key,
    *,
    reason: Reason,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Put an undelivered message on its queue again; safe to repeat."""
    _handled("replay", key, reason, as_json=as_json, api=api, header=header, headers=headers)


@ending
def discard(
    key: Key,
    *,
    reason: Reason,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Remove an undelivered message; what it said stays on file, redacted."""
    _handled("discard", key, reason, as_json=as_json, api=api, header=header, headers=headers)


def _handled(
    what: str,
    key: str,
    reason: str,
    *,
    as_json: bool,
    api: str,
    header: list[str] | None,
    headers: str,
) -> None:
    body = {"key": key, "reason": reason}
    answer = client(api, header, headers).post(f"/undelivered/{what}", body, {})
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        layout.printed(layout.text(f"{answer['key']}: {answer['reason']}, by {answer['by']}"))


def _table(items: Iterable[Tree]) -> Table:
    table = Table("when", "who", "what", "why", "what came of it", box=None, pad_edge=False)
    for one in items:
        what, came = f"{one['kind']} {one['key']}", f"{one['state']} {one['detail']}"
        texts = (layout.moment(one["at"]), one["by"], what, one["reason"], came)
        table.add_row(*map(layout.text, texts))
    return table
