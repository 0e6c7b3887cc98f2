"""``audit verify`` and ``audit anchors``: that nothing was altered, nor since it was anchored."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.text import Text

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Client, ClientError, Tree
from console.cli.commands import audit_app
from console.cli.options import Vm

# So many anchors a request are read to their ends: some megabytes each.
_CHECKED = 20

Anchor = Annotated[
    list[str] | None,
    typer.Option("--anchor", help="Compare with this one: a day, or a name. May be given often."),
]


@audit_app.command("verify")
@asking
def audit_verify(
    ask: Ask,
    *,
    vm: Vm = None,
    incident: Annotated[
        str | None, typer.Option("--incident", help="The chain of its machine.")
    ] = None,
    anchors: Annotated[
        bool, typer.Option("--anchors", help="Compare with the newest anchor, and check all.")
    ] = False,
    anchor: Anchor = None,
) -> None:
    """Verify the hash chains; ends with 1 where a record was altered, and names it."""
    caller = ask.api
    wanted: list[str | None] = [*(["newest"] if anchors else []), *(anchor or [])]
    rounds = [_round(caller, vm, incident, one) for one in wanted or [None]]
    told = [one for found in rounds for one in found["faults"]]
    faults = [one for number, one in enumerate(told) if one not in told[:number]]
    broken = list(_broken(caller)) if anchors else []
    found = {
        "whole": not faults and not broken,
        "chains": rounds[-1]["chains"],
        "records": rounds[-1]["records"],
        "removed": rounds[-1]["removed"],
        "anchors": [one["anchor"] for one in rounds if one["anchor"]],
        "faults": faults,
        "broken": broken,
    }
    ask.write(found, *_said(found))
    if not found["whole"]:
        raise typer.Exit(1)


@audit_app.command("anchors")
@asking
def audit_anchors(
    ask: Ask,
) -> None:
    """List the anchored heads of all chains, the newest day first."""
    pages = ask.api.pages("/audit/anchors")
    items = [one for page in pages for one in page["items"]]
    ask.write({"items": items, "next": None}, *_anchored(items))


def _anchored(items: list[Tree]) -> Iterator[Text]:
    if not items:
        yield layout.text("nothing is anchored yet")
    for one in items:
        what = one["unreadable"] or f"{one['chains']} chains"
        yield layout.text(f"{one['day']}  {what}  {one['name']}")
        yield from (layout.text(f"  broken: {text}", "red") for text in one["broken"])


def _round(api: Client, vm: str | None, incident: str | None, anchor: str | None) -> Tree:
    pages = list(api.pages("/audit/verify", vm=vm, incident=incident, anchor=anchor, size=200))
    return {
        "chains": sum(page["chains"] for page in pages),
        "records": sum(page["records"] for page in pages),
        "removed": sum(page["removed"] for page in pages),
        "faults": [fault for page in pages for fault in page["faults"]],
        "anchor": pages[-1]["anchor"],
    }


def _broken(api: Client) -> Iterator[str]:
    """What anchoring itself found, day by day, and what became of the anchors."""
    try:
        pages = list(api.pages("/audit/anchors", size=_CHECKED, check=True))
    except ClientError as fault:
        yield f"the anchors cannot be read: {fault}"
        return
    if pages[0]["late"]:
        yield pages[0]["late"]
    for one in (item for page in pages for item in page["items"]):
        yield from (f"{one['day']}: {text}" for text in one["broken"])
        if one["unreadable"]:
            yield f"{one['day']}: the anchor {one['name']} cannot be read: {one['unreadable']}"
        if one["orphaned"]:
            yield f"{one['day']}: {one['orphaned']}"


def _said(found: Tree) -> Iterator[Text]:
    count = f"{found['records']} records of {found['chains']} chains"
    yield layout.text(f"{count}: {'whole' if found['whole'] else 'NOT whole'}")
    if found["removed"]:
        kept = f"{found['removed']} more were removed by retention, and stubs stand for them"
        yield layout.text(kept, "dim")
    yield from (layout.text(f"compared with {one}", "dim") for one in found["anchors"])
    yield from (layout.text(_fault(one)) for one in found["faults"])
    yield from (layout.text(f"of the anchors: {one}") for one in found["broken"])


def _fault(one: Tree) -> str:
    where = [one["kind"] + ":", one["item"] or one["chain"]]
    # What stands beside the records has no position: a row of the index, say.
    if one["position"]:
        where.append(f"position {one['position']}")
    if one["incident"]:
        where.append(f"(incident {one['incident']}, record {one['sequence']})")
    elif one["kind"] == "removed" and one["position"]:
        where.append("(gone)")
    return f"{' '.join(where)}: {one['detail']}"
