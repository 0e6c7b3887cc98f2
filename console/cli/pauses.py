"""``pause``, ``pauses`` and ``unpause``: stop new actions for a while, and let them go on."""

import json
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import quote

import typer
from rich.table import Table

from console.cli import layout
from console.cli.client import Tree
from console.cli.commands import ending
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, client

Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the ledger.")]
Scope = Annotated[
    str,
    typer.Option(
        "--scope", help="'*', or the ARM id of a subscription, resource group, vault or machine."
    ),
]
Length = Annotated[str, typer.Option("--for", help="As PT4H or P2D: one minute to fourteen days.")]


@ending
def pause(
    *,
    scope: Scope,
    length: Length,
    reason: Reason,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Stop new actions for everything or a scope; what is under way ends, locks go back."""
    body = {"scope": scope, "for": length, "reason": reason}
    answer = client(api, header, headers).post("/pauses", body, {})
    until = layout.moment(answer["until"])
    said = f"paused {answer['scope']} until {until}, by {answer['by']}: {answer['id']}"
    _written(answer, said, as_json=as_json)


@ending
def pauses(
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List pauses, the newest first, those that have ended included."""
    page = client(api, header, headers).get("/pauses")
    if as_json:
        typer.echo(json.dumps(page, indent=2, ensure_ascii=False))
    else:
        layout.printed(_table(page["items"]))


@ending
def unpause(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The pause's id.")],
    *,
    reason: Reason,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """End a pause before its time; what it held is taken up again by the next sweep."""
    path = f"/pauses/{quote(identity, safe='')}/lift"
    answer = client(api, header, headers).post(path, {"reason": reason}, {})
    said = f"lifted {answer['id']} of {answer['scope']}, by {answer['lifted_by']}"
    _written(answer, said, as_json=as_json)


def _written(answer: Tree, said: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        layout.printed(layout.text(said))


def _table(items: Iterable[Tree]) -> Table:
    table = Table("id", "scope", "state", "until", "by", "reason", box=None, pad_edge=False)
    for one in items:
        state = "active" if one["active"] else "lifted" if one["lifted_by"] else "over"
        until = one["lifted_at"] or one["until"]
        texts = (one["id"], one["scope"], state, layout.moment(until), one["by"], one["reason"])
        table.add_row(*map(layout.text, texts))
    return table
