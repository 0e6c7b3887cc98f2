"""``approve`` and ``deny``: a person's answer to what an incident asks.

An answer hits the request that the person has seen. What is asked changes as the ladder is climbed,
so without a key or an action the person is shown what is asked now, and asked back.
"""

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import ClientError, Tree
from console.cli.commands import the_incident
from console.cli.options import Identity, Reason
from remediation.redact import redact

Key = Annotated[
    str | None,
    typer.Option("--key", help="The request's key, as show and why print it."),
]
Action = Annotated[
    str | None,
    typer.Option("--action", help="Instead of the key, or beside it: the action, as reapply_vm."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the person has seen of the request: its key, or its action, or nothing."""

    key: str | None
    action: str | None


@asking
def approve(
    ask: Ask,
    identity: Identity,
    *,
    reason: Reason,
    key: Key = None,
    action: Action = None,
) -> None:
    """Say yes to what an incident asks; every guard is asked again before it runs."""
    seen = Seen(key=key, action=action)
    _answered(ask, identity, seen, reason, approve=True)


@asking
def deny(
    ask: Ask,
    identity: Identity,
    *,
    reason: Reason,
    key: Key = None,
    action: Action = None,
) -> None:
    """Say no to what an incident asks; its ladder goes on without that rung."""
    seen = Seen(key=key, action=action)
    _answered(ask, identity, seen, reason, approve=False)


def _answered(ask: Ask, identity: str, seen: Seen, reason: str, *, approve: bool) -> None:
    found = the_incident(ask.api, identity)
    asked: Tree | None = found["approval"]
    if asked is None or not asked["missing"]:
        raise ClientError(f"{found['id']}: nothing is asked of people")
    body = {
        "incident": found["id"],
        "key": _key(found, asked, seen, approve=approve),
        "approve": approve,
        "reason": reason,
    }
    answer = ask.api.post("/approvals", body, {})
    said = f"{'approved' if approve else 'denied'}: {asked['action']}, by {answer['by']}"
    ask.say(answer, said, *(f"  {one}" for one in answer["news"]))


def _key(found: Tree, asked: Tree, seen: Seen, *, approve: bool) -> str:
    """Return the key of the request that the person has seen; raises ClientError for no such."""
    if seen.action is not None and seen.action != asked["action"]:
        raise ClientError(f"{found['id']}: {asked['action']} is asked, not {seen.action}")
    if seen.key is not None:
        # Another key than the one that is asked is refused by the API, which says what is asked.
        return seen.key
    key: str = asked["key"]
    if seen.action is not None:
        return key
    word, risk = "approve" if approve else "deny", asked["risk"].replace("_", " ")
    until = layout.moment(asked["until"])
    if not sys.stdin.isatty():
        command = str(asked["command"]).replace("approve", word, 1)
        raise ClientError(
            f"{found['id']}: {word} what? {asked['action']} (risk {risk}) is asked until {until}."
            f" Say which request you have seen:\n  {command}",
            exit_code=2,
        )
    typer.echo(f"{redact(found['vm'])}: {asked['action']}, risk {risk}", err=True)
    for line in (asked["title"], f"until {until}", *_answers(asked)):
        typer.echo(f"  {redact(line)}", err=True)
    if not typer.confirm(f"{word.capitalize()} {asked['action']}?", err=True):
        raise ClientError("nothing was answered")
    return key


def _answers(asked: Tree) -> list[str]:
    said = [
        f"{'approved' if one['approved'] else 'denied'} by {one['by']}: {one['reason']}"
        for one in asked["answers"]
    ]
    return [*said, f"{asked['missing']} of {asked['needed']} approvals are missing"]
