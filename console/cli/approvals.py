"""``approve`` and ``deny``: a person's answer to what an incident asks."""

from typing import Annotated

import typer

from console.cli.asking import Ask, asking
from console.cli.client import ClientError, Tree
from console.cli.commands import the_incident
from console.cli.options import Identity, Reason

Key = Annotated[
    str | None,
    typer.Option("--key", help="The request's key; without it, what is asked at this moment."),
]


@asking
def approve(
    ask: Ask,
    identity: Identity,
    *,
    reason: Reason,
    key: Key = None,
) -> None:
    """Say yes to what an incident asks; every guard is asked again before it runs."""
    _answered(ask, identity, key, reason, approve=True)


@asking
def deny(
    ask: Ask,
    identity: Identity,
    *,
    reason: Reason,
    key: Key = None,
) -> None:
    """Say no to what an incident asks; its ladder goes on without that rung."""
    _answered(ask, identity, key, reason, approve=False)


def _answered(ask: Ask, identity: str, key: str | None, reason: str, *, approve: bool) -> None:
    found = the_incident(ask.api, identity)
    asked: Tree | None = found["approval"]
    if asked is None or not asked["missing"]:
        raise ClientError(f"{found['id']}: nothing is asked of people")
    body = {
        "incident": found["id"],
        "key": key or asked["key"],
        "approve": approve,
        "reason": reason,
    }
    answer = ask.api.post("/approvals", body, {})
    said = f"{'approved' if approve else 'denied'}: {asked['action']}, by {answer['by']}"
    ask.say(answer, said, *(f"  {one}" for one in answer["news"]))
