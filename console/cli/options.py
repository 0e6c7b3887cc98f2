"""Options that all commands share: where the API is, who asks, and how the answer is written."""

import json
from typing import Annotated

import typer

from console.cli.client import Client, ClientError

# Plain assignments: Typer does not look into `type` aliases.
LOCAL = "http://127.0.0.1:7071/api"

Api = Annotated[
    str,
    typer.Option("--api", envvar="REMEDIATOR_API", help="The address of the API; ends in /api."),
]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", help="A header to send, 'Name: value'. May be given often."),
]
Headers = Annotated[
    str,
    typer.Option("--headers", envvar="REMEDIATOR_API_HEADERS", help="Headers as a JSON object."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write the API's answer as JSON instead of tables.")
]
Identity = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="An incident's id, or a machine's name.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on file, beside your name.")]
Vm = Annotated[str | None, typer.Option("--vm", help="A machine: ARM id, or a name only one has.")]
Since = Annotated[str | None, typer.Option("--from", help="From then on: ISO 8601 with a zone.")]
Until = Annotated[str | None, typer.Option("--to", help="Before then: ISO 8601 with a zone.")]
Size = Annotated[int, typer.Option("--size", min=1, max=200, help="How many a page.")]
Cursor = Annotated[str | None, typer.Option("--cursor", help="Go on where the page before ended.")]
Everything = Annotated[bool, typer.Option("--all", help="Ask for every page.")]


def client(api: str, header: list[str] | None, headers: str) -> Client:
    """Return a client; raises ClientError for headers that are none."""
    return Client(base=api, headers={**_object(headers), **dict(map(_pair, header or []))})


def _object(text: str) -> dict[str, str]:
    if not text.strip():
        return {}
    expected = "--headers: expected a JSON object of texts"
    try:
        tree = json.loads(text)
    except ValueError as fault:
        raise ClientError(f"{expected}: {fault}", exit_code=2) from fault
    fits = isinstance(tree, dict) and all(isinstance(one, str) for one in tree.values())
    if not fits or not all(_sendable(f"{name}{value}") for name, value in tree.items()):
        raise ClientError(expected, exit_code=2)
    return {str(name): str(value) for name, value in tree.items()}


def _pair(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not _sendable(text):
        raise ClientError(f"--header: expected 'Name: value', got {name[:40]!r}", exit_code=2)
    return name.strip(), value.strip()


def _sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()
