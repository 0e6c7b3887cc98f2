"""``playbooks check``: one's own playbooks, before they are deployed."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from remediation.overrides.checking import Verdict

app = typer.Typer(no_args_is_help=True, help="Playbooks: check one's own.")


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Your playbooks; without it, those that ship."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Check playbooks against the schema, each other, and the rule: never bolder than ours.

    Every fault of every file is told at once, with its line; sound files come with their SHA-256.
    """
    # The playbooks take their time to load, and most commands need none.
    from remediation.overrides.checking import check as checked  # noqa: PLC0415
    from remediation.playbooks.loader import SHIPPED, PlaybookFault, load  # noqa: PLC0415
    from state.overrides import FolderOverrides  # noqa: PLC0415

    if folder is not None and not folder.is_dir():
        typer.echo(f"error: DIR: expected a folder with playbooks (*.yaml), got {folder}", err=True)
        raise typer.Exit(2)
    try:
        shipped = load()
    except PlaybookFault as fault:
        typer.echo("\n".join(fault.faults), err=True)
        raise typer.Exit(1) from fault
    files = tuple(FolderOverrides(folder or SHIPPED).files())
    if not files:
        typer.echo(f"error: DIR: expected playbooks (*.yaml) in {folder}, found none", err=True)
        raise typer.Exit(1)
    found = checked(shipped, files)
    if as_json:
        typer.echo(json.dumps(list(map(_plain, found.verdicts)), indent=2, ensure_ascii=False))
    else:
        _told(found.verdicts, own=folder is not None)
    if not found.sound:
        raise typer.Exit(1)


def _plain(verdict: "Verdict") -> dict[str, object]:
    tree = asdict(verdict)
    return {"file": tree.pop("name"), "sha256": tree.pop("digest"), **tree}


def _told(verdicts: Iterable["Verdict"], *, own: bool) -> None:
    sound = [one for one in verdicts if not one.faults]
    for one in sound:
        typer.echo(f"{one.digest}  {one.name}{f'  ({one.kind.value})' if own else ''}")
    faults = [fault for one in verdicts for fault in one.faults]
    for fault in faults:
        typer.echo(fault, err=True)
    if own and sound and not faults:
        digests = ",".join(str(one.digest) for one in sound)
        typer.echo(
            f"\nThey count where the settings list them:\nREMEDIATOR_OVERRIDES_SHA256={digests}"
        )
