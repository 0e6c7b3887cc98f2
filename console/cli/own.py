"""The playbooks that a command goes by: those that ship, and an operator's own of a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from remediation.playbooks.library import Library

Own = Annotated[
    Path | None,
    typer.Option(
        "--overrides",
        metavar="DIR",
        help="Try playbooks of your own: every valid file of DIR counts, listed or not.",
    ),
]


def library(folder: Path | None) -> "Library":
    """Return what ships, with every valid file of a folder; says on stderr what counts and not.

    stdout stays the answer's alone: programs read it. Ends with 2 where there is no such folder.
    """
    # The playbooks take their time to load, and most commands need none.
    from remediation.playbooks.loader import load  # noqa: PLC0415

    if folder is None:
        return load()
    from remediation.overrides.checking import check  # noqa: PLC0415
    from state.overrides import FolderOverrides  # noqa: PLC0415

    if not folder.is_dir():
        text = f"error: --overrides: expected a folder with playbooks (*.yaml), got {folder}"
        typer.echo(text, err=True)
        raise typer.Exit(2)
    checked = check(load(), FolderOverrides(folder).files())
    if not checked.verdicts:
        typer.echo(f"note: no playbook (*.yaml) in {folder}", err=True)
    for one in checked.verdicts:
        if one.faults:
            said = "\n  ".join(one.faults)
            typer.echo(f"note: {one.name} does not count:\n  {said}", err=True)
        else:
            text = f"note: {one.name} ({one.kind.value}) counts here, whatever the settings list"
            typer.echo(text, err=True)
    return checked.library
