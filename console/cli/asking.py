"""What every command that asks the API has in common: where it asks, as whom, and how it ends."""

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate

import typer
from rich.console import RenderableType

from console.cli import layout
from console.cli.client import Client, ClientError, Tree
from console.cli.options import LOCAL, Api, AsJson, Header, Headers, client
from remediation.redact import redact

# Each is an option of every such command, behind its own.
_SHARED = (
    ("as_json", AsJson, False),
    ("api", Api, LOCAL),
    ("header", Header, None),
    ("headers", Headers, ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A command's way to the API, and of writing what it answered."""

    address: str
    header: list[str] | None
    headers: str
    as_json: bool

    @property
    def api(self) -> Client:
        """The client; raises ClientError for headers that are none."""
        return client(self.address, self.header, self.headers)

    def write(self, answer: object, *parts: RenderableType) -> None:
        """Write an answer as it came, for programs, or the parts that say the same to people."""
        if self.as_json:
            typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
        else:
            layout.printed(*parts)

    def say(self, answer: object, *sentences: str) -> None:
        """Write an answer as it came, or as sentences."""
        self.write(answer, *map(layout.text, sentences))

    def listed(self, path: str, query: dict[str, Any], *, everything: bool) -> Tree:
        """Ask for a page of a list, or for all of them as one."""
        if not everything:
            return self.api.get(path, **query)
        items = [one for page in self.api.pages(path, **query) for one in page["items"]]
        return {"items": items, "next": None}

    def show(self, page: Tree, lay: Callable[[list[Tree]], RenderableType]) -> None:
        """Write a page of a list, and how to go on behind it."""
        more = [layout.text(f"more: --cursor '{page['next']}'", "dim")] if page["next"] else []
        self.write(page, lay(page["items"]), *more)


def ending[**P](command: Callable[P, None]) -> Callable[P, None]:
    """End with the exit code of what went wrong, and say it."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ClientError as fault:
            # What a server says of itself is a text from outside, too.
            typer.echo(f"error: {redact(str(fault))}", err=True)
            raise typer.Exit(fault.exit_code) from fault

    return run


def asking[**P](command: Callable[Concatenate[Ask, P], None]) -> Callable[..., None]:
    """Give a command the options that all share; its first parameter is what they come to."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:  # noqa: ANN401 - as the signature below says
        ask = Ask(
            as_json=options.pop("as_json"),
            address=options.pop("api"),
            header=options.pop("header"),
            headers=options.pop("headers"),
        )
        command(ask, *args, **options)

    # Typer reads both.
    found = inspect.signature(command)
    _, *own = found.parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter(name, keyword, default=default, annotation=kind)
        for name, kind, default in _SHARED
    ]
    parameters = [*own, *shared]
    run.__signature__ = found.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return ending(run)
