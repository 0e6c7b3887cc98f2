"""Texts of any length in a table row: a string property holds 64 KiB of UTF-16, a row 1 MiB."""

from collections.abc import Mapping

# Longer bodies of records go to a blob; longer heads are split over several properties.
INLINE = 30_000
MOST_PARTS = 15


def units(text: str) -> int:
    """Return the length in UTF-16 code units, which is what Table storage counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def split(name: str, text: str) -> dict[str, str]:
    """Return the properties ``name``, ``name1``, ... that hold the text.

    Raises ValueError for a text too long for one row.
    """
    width = INLINE if text.isascii() else INLINE // 2
    parts = [text[start : start + width] for start in range(0, len(text), width)] or [""]
    if len(parts) > MOST_PARTS:
        raise ValueError(f"{name} is too long for a row: {len(text)} characters")
    return {f"{name}{number or ''}": part for number, part in enumerate(parts)}


def joined(name: str, row: Mapping[str, object]) -> str:
    """Return the text that ``split`` laid into a row; raises ValueError where it is missing."""
    parts: list[str] = []
    while isinstance(part := row.get(f"{name}{len(parts) or ''}"), str):
        parts.append(part)
    if not parts:
        raise ValueError(f"the row {row.get('RowKey')!r} has no text {name!r}")
    return "".join(parts)
