"""``approve`` and ``deny``: a person's answer to what an incident asks."""

import json
from typing import Annotated

import typer

from console.cli import layout
from console.cli.client import Client, ClientError, Tree
from console.cli.commands import ending, the_incident
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, Identity, client

Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]
Key = Annotated[
    str | None,
    typer.Option("--key", help="The request's key; without it, what is asked at this moment."),
]


@ending
def approve(
    identity: Identity,
    *,
    reason: Reason,
    key: Key = None,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Say yes to what an incident asks; every guard is asked again before it runs."""
    _answered(client(api, header, headers), identity, key, reason, approve=True, as_json=as_json)


@ending
def deny(
    identity: Identity,
    *,
    reason: Reason,
    key: Key = None,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Say no to what an incident asks; its ladder goes on without that rung."""
    _answered(client(api, header, headers), identity, key, reason, approve=False, as_json=as_json)


def _answered(
    api: Client, identity: str, key: str | None, reason: str, *, approve: bool, as_json: bool
) -> None:
    found = the_incident(api, identity)
    asked: Tree | None = found["approval"]
    if asked is None or not asked["missing"]:
        raise ClientError(f"{found['id']}: nothing is asked of people")
    body = {
        "incident": found["id"],
        "key": key or asked["key"],
        "approve": approve,
        "reason": reason,
    }
    answer = api.post("/approvals", body, {})
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        return
    word = "approved" if approve else "denied"
    sentences = [f"{word}: {asked['action']}, by {answer['by']}"]
    sentences += [f"  {one}" for one in answer["news"]]
    layout.printed(*(layout.text(one) for one in sentences))
