"""``explain``: what a code means and what is done about it, from the playbooks on this machine."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType

from console.cli import layout
from console.cli.own import Own, library

if TYPE_CHECKING:
    from console.views.explanation import Explanation, RungWords


class System(StrEnum):
    """The system that a machine runs."""

    WINDOWS = "windows"
    LINUX = "linux"


def explain(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="An error's code or number, or a playbook's id.")
    ],
    *,
    system: Annotated[
        System | None, typer.Option("--os", help="Leave out the rungs of the other system.")
    ] = None,
    overrides: Own = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Explain a cause: what it means, its ladder rung by rung, and what people must do."""
    # The playbooks take their time to load, and most commands need none.
    from console.views.explanation import explain as explained  # noqa: PLC0415
    from console.views.explanation import suggestions  # noqa: PLC0415

    known = library(overrides)
    found = explained(known, code, system.value if system else None)
    if found is None:
        near = suggestions(known, code)
        typer.echo(f"error: no playbook knows {code[:100]!r}", err=True)
        if near:
            typer.echo(f"near: {', '.join(near)}", err=True)
        typer.echo(
            "A failure with this code is climbed on the playbook 'unknown', unless its message says"
            " more: remediator explain unknown",
            err=True,
        )
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        layout.printed(*_page(found, system))


def _page(found: "Explanation", system: System | None) -> Iterator[RenderableType]:
    yield layout.text(f"{found.cause}: {found.title}", "bold")
    if found.about:
        yield layout.text(found.about)
    yield layout.text(f"\nHow sure      {found.certainty}")
    yield layout.text(f"Class         {found.cause_class}: {found.happens}")
    yield layout.text(f"Status        {found.status}")
    if found.codes or found.numbers:
        yield layout.text(f"Known by      {', '.join(map(str, (*found.codes, *found.numbers)))}")
    if found.languages:
        yield layout.text(f"Messages in   {', '.join(found.languages)}")
    for name, title in found.may_mean.items():
        yield layout.text(f"May mean      {name}: {title}")
    yield from _ladder(found, system)
    if found.never:
        yield layout.text("\nNever", "bold")
        yield _indented(", ".join(found.never))
    yield layout.text("\nWhat people do", "bold")
    yield _indented(found.remedy)
    if found.found:
        yield layout.text("\nWhere an inspection finds it", "bold")
        yield from (_indented(f"- {one}") for one in found.found)
    if found.references:
        yield layout.text("\nReferences", "bold")
        yield from (layout.text(f"  {one}") for one in found.references)


def _ladder(found: "Explanation", system: System | None) -> Iterator[RenderableType]:
    yield layout.text("\nLadder", "bold")
    if not found.ladder:
        yield layout.text("  no rung: it is handed to people with the evidence")
    for rung in found.ladder:
        yield layout.text(f"  {rung.position:>2}. {rung.title} ({rung.action}, risk {rung.risk})")
        yield from (layout.text(f"      {line}", "dim") for line in _about(rung))
    if found.left_out and system:
        yield layout.text(f"  {found.left_out} more for machines that do not run {system.value}")
    if any(rung.risk != "none" for rung in found.ladder):
        yield layout.text(
            "  Each rung that changes something is proved by an on-demand backup (risk guest_io)."
        )


def _about(rung: "RungWords") -> Iterator[str]:
    if rung.conditions:
        yield f"when     {'; '.join(rung.conditions)}"
    if rung.wait:
        yield f"wait     {rung.wait}"
    if rung.needs:
        yield f"needs    {' and '.join(rung.needs)}"
    if rung.tries > 1:
        yield f"tries    up to {rung.tries}"
    yield f"unasked  {rung.unasked}"
    if rung.undo:
        yield f"undo     {rung.undo}"


def _indented(text: str) -> RenderableType:
    return layout.text("\n".join(f"  {line}".rstrip() for line in text.splitlines()))
