"""How a command writes what the API answered: as JSON for programs, or laid out for people."""

import json
from collections.abc import Callable
from typing import Any

import typer
from rich.console import RenderableType

from console.cli import layout
from console.cli.client import Client, Tree


def written(answer: object, *parts: RenderableType, as_json: bool) -> None:
    """Write an answer as it came, or the parts that say the same to people."""
    if as_json:
        typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        layout.printed(*parts)


def listed(api: Client, path: str, query: dict[str, Any], *, everything: bool) -> Tree:
    """Ask for a page of a list, or for all of them as one."""
    if not everything:
        return api.get(path, **query)
    items = [one for page in api.pages(path, **query) for one in page["items"]]
    return {"items": items, "next": None}


def shown(page: Tree, lay: Callable[[list[Tree]], RenderableType], *, as_json: bool) -> None:
    """Write a page of a list, and how to go on behind it."""
    more = [layout.text(f"more: --cursor '{page['next']}'", "dim")] if page["next"] else []
    written(page, lay(page["items"]), *more, as_json=as_json)
