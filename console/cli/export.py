"""``audit export``: the audit trail as JSON lines or CSV, page by page.

A spreadsheet runs what begins like a formula, and names of machines and messages come from outside:
such a cell gets an apostrophe before it, which spreadsheets show as text.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from console.cli.asking import ending
from console.cli.client import ClientError
from console.cli.commands import audit_app
from console.cli.options import LOCAL, Api, Header, Headers, Since, Until, Vm, client

COLUMNS = (
    "at", "item", "incident", "sequence", "type", "action", "what", "body",
    "position", "previous", "hash",
)  # fmt: skip
# The wide forms are formulas to spreadsheets of East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Format(StrEnum):
    """How records are written."""

    JSONL = "jsonl"
    CSV = "csv"


@audit_app.command("export")
@ending
def audit_export(
    *,
    how: Annotated[Format, typer.Option("--format", help="jsonl or csv.")] = Format.JSONL,
    output: Annotated[
        str | None, typer.Option("--output", help="A file that is not there yet; else stdout.")
    ] = None,
    vm: Vm = None,
    action: Annotated[str | None, typer.Option("--action", help="As retry_backup.")] = None,
    incident: Annotated[str | None, typer.Option("--incident", help="An incident's id.")] = None,
    since: Since = None,
    until: Until = None,
    api: Api = LOCAL,
    header: Header = None,
    headers: Headers = "",
) -> None:
    """Write every record that is asked for, one a line; only a page of them is held at a time."""
    query = {"vm": vm, "action": action, "incident": incident, "from": since, "to": until}
    pages = client(api, header, headers).pages("/audit", **query, size=200)
    records = (one for page in pages for one in page["items"])
    with _opened(output) as target:
        _write(how, target, records)


def cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else value if isinstance(value, str) else _json(value)
    risky = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if risky else text


def _write(how: Format, target: TextIO, records: Iterator[Mapping[str, Any]]) -> None:
    if how is Format.JSONL:
        target.writelines(f"{_json(record)}\n" for record in records)
        return
    writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow(cell(record[name]) for name in COLUMNS)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@contextmanager
def _opened(output: str | None) -> Iterator[TextIO]:
    """Give where to write; an export is not written over another."""
    if output is None:
        yield sys.stdout
        return
    try:
        with Path(output).open("x", encoding="utf-8", newline="") as target:
            yield target
    except OSError as fault:
        raise ClientError(f"--output: {fault}", exit_code=2) from fault
