"""Message texts as they are compared: what differs from job to job is taken away.

Azure's texts are localised, are quoted with other punctuation than they were written with, come
wrapped into HTML or JSON, and carry names, ids, links and times. Two texts with the same words left
are the same message.
"""

import html
import re
import unicodedata

# Longer texts hold nothing more that would tell a cause; the bound keeps a comparison cheap.
LONGEST = 4_000

# Straight and typographic quotation marks of the languages that Azure writes.
_QUOTE = "['\"\u2018\u2019\u201a\u201c\u201d\u201e\xab\xbb]"
_LINK = r"https?://[^\s'\"\u2019\u201d)<>\\]+"
_GUID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
_ID = r"(?<![\w.])/subscriptions/[^\s'\"<>\\]+"
_TIME = (
    r"\b\d{4}-\d{2}-\d{2}(?:[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b|\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\b"
)
# What starts like a tag and is none ("< 32 TB") has no letter behind the bracket.
_TAG = r"</?[a-z][^<>]{0,200}>"
_PLACEHOLDER = r"\{[^{}\s]{0,40}\}|%[a-z0-9_]{1,40};|<[^<>\s]{1,40}>"
# A single quoted word is a name: machines, groups, extensions. Quoted phrases are wording; so is
# anything in a script that does not part its words.
_LETTERS = r"[0-9A-Za-z_.\-\u00aa-\u052f]"
_QUOTED_NAME = rf"{_QUOTE}\s?{_LETTERS}{{1,80}}\s?{_QUOTE}"
_NOISE = re.compile(f"{_LINK}|{_ID}|{_GUID}|{_TIME}|{_TAG}|{_PLACEHOLDER}|{_QUOTED_NAME}")
# Every piece of noise has one of these signs; most messages have none, and need no search.
_NOISY = re.compile(r"[/<{%'\"\u2018-\u201e\xab\xbb\d]")
# What is written and not seen: control and format characters, and marks left over by folding.
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\xad\\u0300-\\u036f\\u200b-\\u200f"
    "\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff\\ud800-\\udfff]"
)
# JSON inside a text: \" is a quotation mark, \n and \r are the end of a line.
_ESCAPED = re.compile(r"\\+(?:u[0-9a-fA-F]{4}|[nrt\"'/])")
_BETWEEN = re.compile(r"[\W_]+")
# Where one statement ends: at a full stop, a colon, a dash between words, a bracket of JSON.
_END = re.compile(
    r"[.!?;:](?=\s|$|[\"'\u2019\u201d\xbb)])|[\u3002\uff01\uff1f\uff1b\uff1a\u0964\u061f\u06d4]"
    r"|\s[-\u2013\u2014]+\s?|[\r\n{}\[\]|]|\",\s?\""
)
_PIECES = {"n": "\n", "r": "\n", "t": " "}


def statements(text: str) -> list[str]:
    """Return what the text says, a statement at a time: lower case words, one space between.

    Control and format characters count for nothing, as do links, ids, times and quoted names.
    """
    shown = text[:LONGEST]
    if "\\" in shown:
        shown = _ESCAPED.sub(_unescaped, shown)
    if "&" in shown:
        shown = html.unescape(shown)
    if not shown.isascii():
        shown = unicodedata.normalize("NFKC", shown.replace("\u2026", " "))
    shown = _UNSEEN.sub("", shown.casefold())
    if _NOISY.search(shown):
        shown = _NOISE.sub(" ", shown)
    found = (_BETWEEN.sub(" ", part).strip() for part in _END.split(shown))
    return [part for part in found if part]


def comparable(text: str) -> str:
    """Return the words of the text: lower case, one space between, nothing else."""
    return " ".join(statements(text))


def code_key(code: str) -> str:
    """Return a string code as it is compared: letters and digits, in lower case.

    What stands in brackets behind it, as in "OperationNotAllowed (CRP)", is no part of it.
    """
    bare, bracket, _ = code[:200].partition("(")
    named = bare if bracket and not bare.isspace() and bare else code[:200]
    return "".join(sign for sign in named.casefold() if sign.isalnum())


def _unescaped(found: re.Match[str]) -> str:
    piece = found.group().lstrip("\\")
    if piece.startswith("u"):
        return chr(int(piece[1:], 16))
    return _PIECES.get(piece, piece or " ")
