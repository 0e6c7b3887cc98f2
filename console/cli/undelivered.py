"""``undelivered``, ``replay`` and ``discard``: messages that no function could take."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Tree
from console.cli.options import Reason

Key = Annotated[str, typer.Argument(metavar="KEY", help="The message's key, as the list shows it.")]


@asking
def undelivered(
    ask: Ask,
) -> None:
    """List poison messages and dead letters, and what persons did with them."""
    page = ask.api.get("/undelivered")
    ask.write(page, *_parts(page))


@asking
def replay(
    ask: Ask,
    key: Key,
    *,
    reason: Reason,
) -> None:
    """Put an undelivered message on its queue again; safe to repeat."""
    _handled(ask, "replay", key, reason)


@asking
def discard(
    ask: Ask,
    key: Key,
    *,
    reason: Reason,
) -> None:
    """Remove an undelivered message; what it said stays on file, redacted."""
    _handled(ask, "discard", key, reason)


def _handled(ask: Ask, what: str, key: str, reason: str) -> None:
    body = {"key": key, "reason": reason}
    answer = ask.api.post(f"/undelivered/{what}", body, {})
    # What was done before has the name of who did it in its sentence.
    by = "" if answer.get("before") else f", by {answer['by']}"
    ask.say(answer, f"{answer['key']}: {answer['reason']}{by}")


def _parts(page: Tree) -> Iterator[RenderableType]:
    if not any(page.get(name) for name in ("items", "more", "hidden")):
        yield layout.text("nothing is undelivered")
    for one in page["items"]:
        yield layout.text(one["key"], "bold")
        yield layout.text(f"  {layout.moment(one['at'])} {one['reason']}")
        if one.get("replayed_at"):
            again = f"  one that says the same was replayed {layout.moment(one['replayed_at'])}"
            yield layout.text(again, "yellow")
        yield layout.text(f"  {one['text']}", "dim")
    if page["more"]:
        yield layout.text(f"about {page['more']} more lie behind these", "dim")
    if page.get("hidden"):
        hidden = f"about {page['hidden']} more are being looked at; ask again in a minute"
        yield layout.text(hidden, "bold")
    if page["deeds"]:
        yield layout.text("\nWhat was done:", "bold")
        yield _table(page["deeds"])


def _table(items: Iterable[Tree]) -> Table:
    table = Table("when", "who", "what", "why", "what came of it", box=None, pad_edge=False)
    for one in items:
        what, came = f"{one['kind']} {one['key']}", f"{one['state']} {one['detail']}"
        texts = (layout.moment(one["at"]), one["by"], what, one["reason"], came)
        table.add_row(*map(layout.text, texts))
    return table
