"""``policy check`` and ``policy show``: a document before it is deployed, and what is in effect."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking, ending
from console.cli.client import ClientError, Tree

if TYPE_CHECKING:
    from remediation.policies.layers import Document

app = typer.Typer(no_args_is_help=True, help="The policy: check a document, show what it means.")
_NO_SETTINGS = (
    "app settings are not known here: defaults were taken (REMEDIATOR_MODE=off would hold over all)"
)
_File = Annotated[Path, typer.Argument(metavar="FILE", help="A policy document.")]


@app.command()
@ending
def check(
    file: _File, *, as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False
) -> None:
    """Check a policy document: every fault at once, each with its line; ends with 1 on any."""
    found = _read(file)
    if as_json:
        faults = [] if not isinstance(found, list) else found
        digest = None if isinstance(found, list) else found.digest
        typer.echo(json.dumps({"file": file.name, "sha256": digest, "faults": faults}, indent=2))
    elif isinstance(found, list):
        typer.echo("\n".join(found), err=True)
    else:
        scopes = len([one for one in found.layers if one.match is not None])
        typer.echo(f"{found.digest}  {file.name}  ({scopes} scopes)")
    if isinstance(found, list):
        raise typer.Exit(1)


@app.command()
@asking
def show(
    ask: Ask,
    *,
    vm: Annotated[str, typer.Option("--for", help="A machine: its ARM id, or a name.")],
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A document to show it by, instead of asking the API."),
    ] = None,
    tags: Annotated[
        str | None,
        typer.Option("--tags", help="As name=value, by comma, instead of the machine's own."),
    ] = None,
    vault: Annotated[str | None, typer.Option("--vault", help="The machine's vault.")] = None,
) -> None:
    """Show the policy in effect for a machine, and where each value comes from."""
    if file is None:
        found = ask.api.get("/policy", item=vm, vault=vault, tags=tags)
    else:
        found = _by_file(file, vm, vault, tags)
    ask.write(found, *_parts(found))


def _read(file: Path) -> "Document | list[str]":
    """Return the document, or its faults; raises ClientError where there is no such file."""
    from remediation.policies.document import PolicyFault, read_document  # noqa: PLC0415 - YAML

    try:
        return read_document(file.read_bytes(), file.name)
    except PolicyFault as fault:
        return list(fault.faults)
    except OSError as error:
        text = f"FILE: expected a file that can be read, got {file}: {error.strerror}"
        raise ClientError(text, exit_code=2) from error


def _by_file(file: Path, vm: str, vault: str | None, tags: str | None) -> Tree:
    """Return what the API would answer by that document, over settings that are all defaults."""
    from remediation.ids import ItemId, VaultId  # noqa: PLC0415 - most commands ask the API
    from remediation.policies.effective import Ground, effective  # noqa: PLC0415
    from remediation.policies.shown import rows  # noqa: PLC0415
    from remediation.policies.tag_list import read_tags  # noqa: PLC0415

    document = _read(file)
    if isinstance(document, list):
        raise ClientError("the policy is refused:\n" + "\n".join(document))
    item = _option("--for", ItemId.parse, vm)
    of_vault = _option("--vault", VaultId.parse, vault) if vault else None
    said = _option("--tags", read_tags, tags or "")
    found = effective(Ground(), document, item, of_vault, said)
    return {
        "item": item.shown,
        "vault": of_vault.shown if of_vault else None,
        "tags": "given",
        "document": document.name,
        "digest": document.digest,
        "fault": None,
        "notes": [*found.notes, _NO_SETTINGS],
        "values": [asdict(one) for one in rows(found)],
    }


def _option[T](name: str, reader: Callable[[str], T], text: str) -> T:
    """Read an option's text; raises ClientError that names the option."""
    try:
        return reader(text)
    except ValueError as fault:
        raise ClientError(f"{name}: {fault}", exit_code=2) from fault


def _parts(found: Tree) -> Iterator[RenderableType]:
    table = Table(box=None, pad_edge=False)
    for heading in ("key", "value", "from"):
        table.add_column(heading)
    for one in found["values"]:
        value = one["value"]
        said = "; ".join(value) or "none" if isinstance(value, list | tuple) else value
        table.add_row(*(layout.text(cell) for cell in (one["key"], said, one["origin"])))
    document = f"document {found['document']} {found['digest'][:12]}" if found["digest"] else ""
    around = f"vault {found['vault'] or 'not known'}; tags {found['tags']}; "
    yield layout.text(found["item"], "bold")
    yield layout.text(around + (document or "no document"), "dim")
    if found["fault"]:
        yield layout.text(f"the newest document is not in force: {found['fault']}", "red")
    yield from (layout.text(one, "yellow") for one in found["notes"])
    yield table
