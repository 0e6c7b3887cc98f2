"""``audit verify`` and ``audit anchors``: that nothing was altered, nor since it was anchored."""

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from console.cli import layout
from console.cli.client import Client, ClientError, Tree
from console.cli.commands import audit_app, ending
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, Vm, client

Anchor = Annotated[
    list[str] | None,
    typer.Option("--anchor", help="Compare with this one: a day, or a name. May be given often."),
]


@audit_app.command("verify")
@ending
def audit_verify(
    *,
    vm: Vm = None,
    incident: Annotated[
        str | None, typer.Option("--incident", help="The chain of its machine.")
    ] = None,
    anchors: Annotated[
        bool, typer.Option("--anchors", help="Compare with the newest anchor, and read all faults.")
    ] = False,
    anchor: Anchor = None,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Verify the hash chains; ends with 1 where a record was altered, and names it."""
    caller = client(api, header, headers)
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
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _said(found)
    if not found["whole"]:
        raise typer.Exit(1)


@audit_app.command("anchors")
@ending
def audit_anchors(
    *,
    as_json: AsJson = False,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """List the anchored heads of all chains, the newest day first."""
    pages = client(api, header, headers).pages("/audit/anchors")
    items = [one for page in pages for one in page["items"]]
    if as_json:
        typer.echo(json.dumps({"items": items, "next": None}, indent=2, ensure_ascii=False))
    elif not items:
        layout.printed(layout.text("nothing is anchored yet"))
    for one in [] if as_json else items:
        what = one["unreadable"] or f"{one['chains']} chains"
        layout.printed(layout.text(f"{one['day']}  {what}  {one['name']}"))
        layout.printed(*(layout.text(f"  broken: {text}", "red") for text in one["broken"]))


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
    """What anchoring itself found, day by day."""
    try:
        pages = list(api.pages("/audit/anchors", size=200))
    except ClientError as fault:
        yield f"the anchors cannot be read: {fault}"
        return
    for one in (item for page in pages for item in page["items"]):
        yield from (f"{one['day']}: {text}" for text in one["broken"])
        if one["unreadable"]:
            yield f"{one['day']}: the anchor {one['name']} cannot be read: {one['unreadable']}"


def _said(found: Tree) -> None:
    count = f"{found['records']} records of {found['chains']} chains"
    layout.printed(layout.text(f"{count}: {'whole' if found['whole'] else 'NOT whole'}"))
    if found["removed"]:
        kept = f"{found['removed']} more were removed by retention, and stubs stand for them"
        layout.printed(layout.text(kept, "dim"))
    layout.printed(*(layout.text(f"compared with {one}", "dim") for one in found["anchors"]))
    layout.printed(*(layout.text(_fault(one)) for one in found["faults"]))
    layout.printed(*(layout.text(f"found by anchoring, {one}") for one in found["broken"]))


def _fault(one: Tree) -> str:
    record = f"incident {one['incident']}, record {one['sequence']}" if one["incident"] else "gone"
    where = one["item"] or one["chain"]
    return f"{one['kind']}: {where} position {one['position']} ({record}): {one['detail']}"
