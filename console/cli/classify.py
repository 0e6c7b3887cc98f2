"""``classify``: which cause a code, a number or a message names, from the playbooks here."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from console.cli.own import Own, library

if TYPE_CHECKING:
    from remediation.catalogue.symptoms import Symptoms

# A message of 100 KB, every sign escaped, has room; a line without end is not kept.
LONGEST_LINE = 4 * 1024 * 1024
CHUNK = 256 * 1024

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*", re.ASCII)
_TEXTS = ("code", "message", "locale")
_KEYS = frozenset({"code", "number", "message", "locale"})
_MOST_NAMED = 10

type _Tell = Callable[[object], str]


class BadQuestionError(ValueError):
    """What is asked is not what was expected; the text names the field."""


def classify(
    named: Annotated[
        str | None, typer.Argument(metavar="[CODE]", help="The code; the same as --code.")
    ] = None,
    *,
    code: Annotated[str | None, typer.Option("--code", help="The code: errorTitle.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="The number: errorCode.")] = None,
    message: Annotated[str | None, typer.Option("--message", help="The message, as it is.")] = None,
    locale: Annotated[
        str | None, typer.Option("--locale", help="The message's language; need not be known.")
    ] = None,
    overrides: Own = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, one object a line.")] = False,
) -> None:
    """Say which cause an error names, how sure that is, and what would be done first.

    Without a code, a number and a message it reads JSON lines, {"code", "number", "message",
    "locale"} each with what is known, and writes one line for each, in their order.
    """
    if named is not None and code is not None:
        typer.echo("error: --code: expected nothing beside CODE", err=True)
        raise typer.Exit(2)
    given = {
        "code": named if code is None else code,
        "number": number,
        "message": message,
        "locale": locale,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    if not asked and sys.stdin.isatty():
        typer.echo("error: expected --code, --number or --message, or JSON lines", err=True)
        raise typer.Exit(2)
    tell = _teller(overrides, as_json=as_json)
    try:
        if asked:
            typer.echo(tell(asked))
        else:
            source, target = (typer.get_binary_stream("stdin"), typer.get_binary_stream("stdout"))
            _stream(source, target, tell, as_json=as_json)
    except BadQuestionError as fault:
        typer.echo(f"error: --{fault}", err=True)
        raise typer.Exit(2) from fault
    except BrokenPipeError:
        # Whoever reads has enough (`| head -1`): the rest of what is buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def _teller(overrides: Path | None, *, as_json: bool) -> _Tell:
    """Return what answers a question in a line; nothing is loaded before there is one."""
    from console.views.verdict import sentence  # noqa: PLC0415
    from remediation.catalogue.answer import remembering  # noqa: PLC0415
    from remediation.catalogue.classifier import classify as classified  # noqa: PLC0415

    known, answer = library(overrides), remembering()

    def tell(question: object) -> str:
        symptoms, error = symptoms_in(question), _strangers(question)
        found = answer(classified(known, symptoms))
        if as_json:
            return json.dumps({"error": error, **found.as_json()} if error else found.as_json())
        said = sentence(known, symptoms, found)
        return f"error: {error}; from the rest: {said}" if error else said

    return tell


def _strangers(question: object) -> str | None:
    """Return the error about keys that nobody reads; the others are answered all the same."""
    strange = sorted(question.keys() - _KEYS) if isinstance(question, dict) else []
    if not strange:
        return None
    shown = ", ".join(repr(one[:40]) for one in strange[:_MOST_NAMED])
    more = f" and {len(strange) - _MOST_NAMED} more" if strange[_MOST_NAMED:] else ""
    return f"unknown keys {shown}{more}: expected code, number, message or locale"


def symptoms_in(question: object) -> "Symptoms":
    """Return the symptoms in a question as JSON has it; raises BadQuestionError."""
    from remediation.catalogue.symptoms import Symptoms  # noqa: PLC0415

    if not isinstance(question, dict):
        raise BadQuestionError("expected a JSON object")
    for name in _TEXTS:
        if not isinstance(question.get(name), str | None):
            raise BadQuestionError(f"{name}: expected a text, got {_kind(question[name])}")
    return Symptoms(
        code=question.get("code") or None,
        number=_whole(question.get("number")),
        message=question.get("message") or None,
    )


def _whole(number: object) -> int | None:
    match number:
        case None | "":
            return None
        case bool():
            raise BadQuestionError("number: expected a whole number, got true or false")
        case int():
            return number
        case str() if _NUMBER.fullmatch(number):
            return int(number)
        case _:
            raise BadQuestionError(f"number: expected a whole number, got {_kind(number)}")


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text without one"
        case list():
            return "a list"
        case _:
            return "an object"


def _stream(source: BinaryIO, target: BinaryIO, tell: _Tell, *, as_json: bool) -> None:
    """Answer line by line; what has been answered is sent before more is waited for."""
    for lines in _batches(source):
        told = (_told(line, tell, as_json=as_json) for line in lines)
        target.write("".join(f"{one}\n" for one in told).encode())
        target.flush()


def _told(line: bytes | None, tell: _Tell, *, as_json: bool) -> str:
    try:
        return tell(_question(line))
    except BadQuestionError as fault:
        return json.dumps(_unknown(str(fault))) if as_json else f"error: {fault}"


def _question(line: bytes | None) -> object:
    if line is None:
        raise BadQuestionError(f"expected at most {LONGEST_LINE} bytes a line")
    expected = "expected a JSON object"
    try:
        return json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise BadQuestionError(f"{expected} in UTF-8, got other bytes") from fault
    except json.JSONDecodeError as fault:
        text = f"{expected}: it is broken at character {fault.pos + 1} ({fault.msg})"
        raise BadQuestionError(text) from fault
    except RecursionError as fault:
        raise BadQuestionError(f"{expected}: it is nested too deeply") from fault
    except ValueError as fault:
        # The one thing that the reader of JSON refuses beside what is broken.
        raise BadQuestionError(f"{expected}: a number in it has too many digits") from fault


def _unknown(error: str) -> dict[str, str | float]:
    return {
        "error": error,
        "cause": "unknown",
        "class": "people",
        "matched_by": "none",
        "confidence": 0.0,
        "action": "escalate",
        "max_risk": "none",
    }


def _batches(source: BinaryIO) -> Iterator[list[bytes | None]]:
    """Yield the lines as they come in; None stands for one that is too long to be kept."""
    kept, dropped = b"", False
    read = getattr(source, "read1", source.read)
    while chunk := read(CHUNK):
        *whole, rest = (kept + chunk).split(b"\n")
        lines: list[bytes | None] = list(whole)
        if lines and dropped:
            lines[0], dropped = None, False
        if dropped or len(rest) > LONGEST_LINE:
            rest, dropped = b"", True
        kept = rest
        if lines:
            yield [None if line and len(line) > LONGEST_LINE else line for line in lines]
    if kept or dropped:
        yield [None if dropped else kept]
