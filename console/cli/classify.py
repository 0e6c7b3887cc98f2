"""``classify``: which cause a code, a number or a message names, from the playbooks here."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from remediation.catalogue.answer import Answer
    from remediation.catalogue.symptoms import Symptoms

# A message of 100 KB, every sign escaped, has room; a line without end is not kept.
LONGEST_LINE = 4 * 1024 * 1024
CHUNK = 256 * 1024

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*", re.ASCII)
_TEXTS = ("code", "message", "locale")

type _Told = Mapping[str, str | float]


class BadQuestionError(ValueError):
    """What is asked is not what was expected; the text names the field."""


def classify(
    *,
    code: Annotated[str | None, typer.Option("--code", help="The code: errorTitle.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="The number: errorCode.")] = None,
    message: Annotated[str | None, typer.Option("--message", help="The message, as it is.")] = None,
    locale: Annotated[
        str | None, typer.Option("--locale", help="The message's language; need not be known.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON, one object a line.")] = False,
) -> None:
    """Say which cause an error names, how sure that is, and what would be done first.

    Without options it reads JSON lines, {"code", "number", "message", "locale"} each with what is
    known, and writes one line for each, in their order.
    """
    given = {"code": code, "number": number, "message": message, "locale": locale}
    asked = {name: value for name, value in given.items() if value is not None}
    if not asked and sys.stdin.isatty():
        typer.echo("error: expected --code, --number or --message, or JSON lines", err=True)
        raise typer.Exit(2)
    write = _as_json if as_json else _as_sentence
    tell = _teller()
    if not asked:
        _stream(typer.get_binary_stream("stdin"), typer.get_binary_stream("stdout"), tell, write)
        return
    try:
        told = tell(asked)
    except BadQuestionError as fault:
        typer.echo(f"error: --{fault}", err=True)
        raise typer.Exit(2) from fault
    typer.echo(write(told))


def _teller() -> Callable[[object], _Told]:
    """Return what answers a question; nothing is loaded before there is one."""
    # The playbooks take their time to load, and most commands need none.
    from remediation.catalogue.answer import remembering  # noqa: PLC0415
    from remediation.catalogue.classifier import classify as classified  # noqa: PLC0415
    from remediation.playbooks.loader import load  # noqa: PLC0415

    library, answer = load(), remembering()

    def tell(question: object) -> _Told:
        found: Answer = answer(classified(library, symptoms_in(question)))
        return found.as_json()

    return tell


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


def _stream(
    source: BinaryIO,
    target: BinaryIO,
    tell: Callable[[object], _Told],
    write: Callable[[_Told], str],
) -> None:
    """Answer line by line; what has been answered is sent before more is waited for."""
    for lines in _batches(source):
        told = (write(_told(line, tell)) for line in lines)
        target.write("".join(f"{one}\n" for one in told).encode())
        target.flush()


def _told(line: bytes | None, tell: Callable[[object], _Told]) -> _Told:
    if line is None:
        return _unknown(f"expected at most {LONGEST_LINE} bytes a line")
    try:
        return tell(json.loads(line.decode("utf-8-sig")))
    except BadQuestionError as fault:
        return _unknown(str(fault))
    except (ValueError, RecursionError) as fault:
        # Broken JSON, bytes that are no UTF-8, a number of a thousand digits, brackets without end.
        reason = str(fault).splitlines()[0][:200] if str(fault) else "nested too deeply"
        return _unknown(f"expected a JSON object: {reason}")


def _unknown(error: str) -> _Told:
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


def _as_json(told: _Told) -> str:
    return json.dumps(told)


def _as_sentence(told: _Told) -> str:
    if "error" in told:
        return f"error: {told['error']}"
    if told["matched_by"] == "none":
        return "unknown: nothing that is known stands in it; people look at it"
    sure = f"by {told['matched_by']}, {float(told['confidence']):.0%} sure"
    first = "people take it on" if told["action"] == "escalate" else f"first {told['action']}"
    bound = f"risk at most {told['max_risk']} unasked"
    return f"{told['cause']} (class {told['class']}, {sure}): {first}, {bound}"
