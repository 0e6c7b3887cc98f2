"""``pause``, ``pauses`` and ``unpause``: stop new actions for a while, and let them go on."""

from collections.abc import Iterable
from typing import Annotated
from urllib.parse import quote

import typer
from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Tree
from console.cli.options import Reason

Scope = Annotated[
    str,
    typer.Option(
        "--scope", help="'*', or the ARM id of a subscription, resource group, vault or machine."
    ),
]
Length = Annotated[str, typer.Option("--for", help="As PT4H or P2D: one minute to fourteen days.")]


@asking
def pause(
    ask: Ask,
    *,
    scope: Scope,
    length: Length,
    reason: Reason,
) -> None:
    """Stop new actions for everything or a scope; what is under way ends, locks go back."""
    body = {"scope": scope, "for": length, "reason": reason}
    answer = ask.api.post("/pauses", body, {})
    until = layout.moment(answer["until"])
    said = f"paused {answer['scope']} until {until}, by {answer['by']}: {answer['id']}"
    ask.say(answer, said)


@asking
def pauses(
    ask: Ask,
) -> None:
    """List pauses, the newest first, those that have ended included."""
    page = ask.api.get("/pauses")
    ask.write(page, _laid_out(page["items"]))


@asking
def unpause(
    ask: Ask,
    identity: Annotated[str, typer.Argument(metavar="ID", help="The pause's id.")],
    *,
    reason: Reason,
) -> None:
    """End a pause before its time; what it held is taken up again by the next sweep."""
    path = f"/pauses/{quote(identity, safe='')}/lift"
    answer = ask.api.post(path, {"reason": reason}, {})
    said = f"lifted {answer['id']} of {answer['scope']}, by {answer['lifted_by']}"
    ask.say(answer, said)


def _laid_out(items: list[Tree]) -> RenderableType:
    return _table(items) if items else layout.text("no pause")


def _table(items: Iterable[Tree]) -> Table:
    table = Table("id", "scope", "state", "until", "by", "reason", box=None, pad_edge=False)
    for one in items:
        state = "active" if one["active"] else "lifted" if one["lifted_by"] else "over"
        until = one["lifted_at"] or one["until"]
        texts = (one["id"], one["scope"], state, layout.moment(until), one["by"], one["reason"])
        table.add_row(*map(layout.text, texts))
    return table
