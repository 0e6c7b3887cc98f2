"""``stuck``, ``nudge`` and ``close``: incidents that stand still, and what is done about them."""

import json
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import quote

import typer
from rich.table import Table

from console.cli import layout
from console.cli.client import Tree
from console.cli.commands import ending, the_incident
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, Identity, client

Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]


@ending
def stuck(
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List incidents that are too old, or that nothing moves any more, the eldest first."""
    page = client(api, header, headers).get("/stuck")
    if as_json:
        typer.echo(json.dumps(page, indent=2, ensure_ascii=False))
    elif page["items"]:
        layout.printed(_table(page["items"]))
    else:
        layout.printed(layout.text("nothing is stuck"))


@ending
def nudge(
    identity: Identity,
    *,
    reason: Reason,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Have an incident looked at now; every guard holds as ever."""
    _wished("nudge", identity, reason, as_json=as_json, api=api, header=header, headers=headers)


@ending
def close(
    identity: Identity,
    *,
    reason: Reason,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Close an incident; nothing is done in Azure but to put a lock back that is away for it."""
    _wished("close", identity, reason, as_json=as_json, api=api, header=header, headers=headers)


def _wished(
    what: str,
    identity: str,
    reason: str,
    *,
    as_json: bool,
    api: str,
    header: list[str] | None,
    headers: str,
) -> None:
    caller = client(api, header, headers)
    incident = str(the_incident(caller, identity)["id"])
    path = f"/incidents/{quote(incident, safe='')}/{what}"
    answer = caller.post(path, {"reason": reason}, {})
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    sentences = [f"{answer['incident']}: {answer['reason']}, by {answer['by']}"]
    sentences += [f"  {one}" for one in answer["news"]]
    layout.printed(*map(layout.text, sentences))


def _table(items: Iterable[Tree]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("incident", no_wrap=True)
    for name in ("machine", "status", "opened"):
        table.add_column(name)
    table.add_column("complaints", ratio=1)
    for one in items:
        opened, said = layout.moment(one["opened_at"]), "; ".join(one["complaints"])
        texts = (one["incident"], one["vm"], one["status"], opened, said)
        table.add_row(*map(layout.text, texts))
    return table
