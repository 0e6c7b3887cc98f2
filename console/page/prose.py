"""Our own texts for people, as playbooks write them: on the page steps are a list, code is code."""

import re
from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

_STEP = re.compile(r"(\d{1,2})\. +(.*)")
_CODE = re.compile(r"`([^`]+)`")


def prose(text: str) -> Markup:
    """Return a text with paragraphs, ``1.`` steps and `` `code` `` as HTML; the rest is escaped."""
    return Markup("\n").join(_blocks(text.splitlines()))


def _blocks(lines: Iterable[str]) -> Iterator[Markup]:
    """Yield paragraphs and lists: a step lasts while its lines are indented."""
    steps: list[tuple[int, str]] = []
    paragraph: list[str] = []
    for line in lines:
        step = _STEP.fullmatch(line.strip())
        if step and not line.startswith(" "):
            yield from _paragraph(paragraph)
            steps.append((int(step[1]), step[2]))
        elif steps and line.startswith(" "):
            number, said = steps[-1]
            steps[-1] = (number, f"{said} {line.strip()}")
        elif line.strip():
            yield from _list(steps)
            paragraph.append(line.strip())
        else:
            yield from _paragraph(paragraph)
    yield from _paragraph(paragraph)
    yield from _list(steps)


def _paragraph(lines: list[str]) -> Iterator[Markup]:
    if lines:
        yield Markup("<p>{}</p>").format(_inline(" ".join(lines)))
        lines.clear()


def _list(steps: list[tuple[int, str]]) -> Iterator[Markup]:
    if steps:
        items = Markup().join(
            Markup('<li value="{}">{}</li>').format(number, _inline(said)) for number, said in steps
        )
        yield Markup('<ol class="steps">{}</ol>').format(items)
        steps.clear()


def _inline(text: str) -> Markup:
    # Splitting by a group alternates between what is around it and what is in it.
    parts = _CODE.split(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )
