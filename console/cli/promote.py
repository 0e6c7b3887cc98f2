"""``promote``: what observing showed of an action, and the change of policy to merge."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import ClientError, Tree
from console.cli.options import Since, Until


@asking
def promote(
    ask: Ask,
    *,
    action: Annotated[
        str, typer.Option("--action", help="An action, as playbooks name it: retry_backup.")
    ],
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            help="*, a scope's name, an ARM id, or keys of a match, as resource_group=rg-web-*.",
        ),
    ],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="Change this document instead of the one in force."),
    ] = None,
    allow: Annotated[
        bool,
        typer.Option("--allow", help="Write what else it needs, too: opt_in, max_risk."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the document to a file that is not there yet."),
    ] = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Show what observing showed of an action, and what lets it run there by itself."""
    asked = scope if policy is None else _match_in(policy, scope)
    query = {"action": action, "scope": asked, "from": since, "to": until}
    if policy is None:
        query["allow"] = "true" if allow else None
    found = ask.api.get("/promotion", **query)
    if policy is not None:
        found = {**found, **_proposed(policy, action, scope, allow=allow)}
    if out is not None:
        _write(out, found["proposal"]["text"])
    if ask.as_json:
        ask.write(found)
    else:
        _laid_out(found, out)


def _read(policy: Path) -> bytes:
    try:
        return policy.read_bytes()
    except OSError as error:
        text = f"--policy: expected a file that can be read, got {policy}: {error.strerror}"
        raise ClientError(text, exit_code=2) from error


def _match_in(policy: Path, scope: str) -> str:
    """Return the scope as the API understands it: the document there may not know its name."""
    from remediation.policies.document import PolicyFault, read_document  # noqa: PLC0415 - YAML
    from remediation.promotion.place import EVERYTHING, as_text, find  # noqa: PLC0415

    data = _read(policy)
    try:
        document = read_document(data, policy.name) if data.strip() else None
        place = find(scope, document)
    except PolicyFault as fault:
        raise ClientError("the policy is refused:\n" + "\n".join(fault.faults)) from fault
    except ValueError as fault:
        raise ClientError(f"--scope: {fault}", exit_code=2) from fault
    return EVERYTHING if place.match is None else as_text(place.match)


def _proposed(policy: Path, action: str, scope: str, *, allow: bool) -> Tree:
    """Return the change of the file, over settings that are all defaults."""
    from remediation.policies.document import read_document  # noqa: PLC0415 - YAML
    from remediation.policies.effective import Ground  # noqa: PLC0415
    from remediation.promotion.change import ChangeError, propose  # noqa: PLC0415
    from remediation.promotion.place import find  # noqa: PLC0415

    data = _read(policy)
    document = read_document(data, policy.name) if data.strip() else None
    place = find(scope, document)
    try:
        change = propose(data, policy.name, action, place, Ground(), allow=allow)
    except ChangeError as fault:
        raise ClientError(f"--policy: {fault}") from fault
    return {
        "scope": place.shown,
        "proposal": {
            "document": policy.name,
            "digest": document.digest if document else None,
            "changed": change.changed,
            "diff": change.diff,
            "text": change.text,
            "notes": [*change.notes, "app settings are not known here: defaults were taken"],
            "reaches": None,
            "unreached": [],
        },
    }


def _write(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8", newline="") as target:
            target.write(text)
    except OSError as error:
        raise ClientError(f"--out: {error.strerror}: {out}", exit_code=2) from error


def _laid_out(found: Tree, out: Path | None) -> None:
    proposal, seen = found["proposal"], found["evidence"]["seen"]
    layout.printed(layout.text(f"{found['action']} in {found['scope']}", "bold"))
    layout.printed(*(layout.text(one) for one in found["said"]))
    if seen:
        layout.printed(layout.text(""), _machines(seen))
    layout.printed(layout.text(""), *(layout.text(one, "yellow") for one in proposal["notes"]))
    if proposal["changed"] and proposal["reaches"] is not None and seen:
        said = (
            f"By this change it would run by itself on {proposal['reaches']} of the machines seen."
        )
        layout.printed(layout.text(said))
        layout.printed(*(layout.text(f"  not on {one}", "dim") for one in proposal["unreached"]))
    if not proposal["changed"]:
        layout.printed(layout.text("There is nothing to change."))
        return
    layout.printed(layout.text(""))
    typer.echo(proposal["diff"], nl=False)
    told = f"Written to {out}." if out else "Nothing was written (--out FILE)."
    layout.printed(layout.text(""), layout.text(f"{told} A person merges it; nothing changed."))


def _machines(seen: list[Tree]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("machine", "held", "would have run", "else held by", "what came after"):
        table.add_column(heading)
    for one in seen:
        fates = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in one["fates"].items())
        cells = (
            one["item"].rpartition("/")[2],
            one["occasions"],
            one["free"],
            ", ".join(one["guards"]),
            fates,
        )
        table.add_row(*(layout.text(cell) for cell in cells))
    return table
