"""``stuck``, ``nudge`` and ``close``: incidents that stand still, and what is done about them."""

from collections.abc import Iterable
from urllib.parse import quote

from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Tree
from console.cli.commands import the_incident
from console.cli.options import Identity, Reason


@asking
def stuck(
    ask: Ask,
) -> None:
    """List incidents that are too old, or that nothing moves any more, the eldest first."""
    page = ask.api.get("/stuck")
    found = _table(page["items"]) if page["items"] else layout.text("nothing is stuck")
    ask.write(page, found)


@asking
def nudge(
    ask: Ask,
    identity: Identity,
    *,
    reason: Reason,
) -> None:
    """Have an incident looked at now; every guard holds as ever."""
    _wished(ask, "nudge", identity, reason)


@asking
def close(
    ask: Ask,
    identity: Identity,
    *,
    reason: Reason,
) -> None:
    """Close an incident; nothing is done in Azure but to put a lock back that is away for it."""
    _wished(ask, "close", identity, reason)


def _wished(ask: Ask, what: str, identity: str, reason: str) -> None:
    incident = str(the_incident(ask.api, identity)["id"])
    path = f"/incidents/{quote(incident, safe='')}/{what}"
    answer = ask.api.post(path, {"reason": reason}, {})
    said = f"{answer['incident']}: {answer['reason']}, by {answer['by']}"
    ask.say(answer, said, *(f"  {one}" for one in answer["news"]))


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
