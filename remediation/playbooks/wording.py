"""Message texts as they are compared: what differs from job to job is taken away.

Azure's texts are localised, are quoted with other punctuation than they were written with, and
carry names, ids, links and times. Two texts with the same words left are the same message.
"""

import re
import unicodedata

# Longer texts hold nothing more that would tell a cause; the bound keeps a comparison cheap.
LONGEST = 4_000

# Straight and typographic quotation marks of the languages that Azure writes.
_QUOTE = "['\"\u2018\u2019\u201a\u201c\u201d\u201e\xab\xbb]"
_LINK = re.compile(r"https?://[^\s'\"\u2019\u201d)]+")
_GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_ID = re.compile(r"(?<!\S)/subscriptions/\S+")
_TIME = re.compile(
    r"\b\d{4}-\d{2}-\d{2}(?:[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b|\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\b"
)
_PLACEHOLDER = re.compile(r"\{[^{}]{0,40}\}|%[a-z0-9_]{1,40};|<[^<>\s]{1,40}>")
# A single quoted word is a name: machines, groups, extensions. Quoted phrases are wording.
_QUOTED_NAME = re.compile(rf"{_QUOTE}\s?[\w.\-]{{1,80}}\s?{_QUOTE}")
_NOISE = re.compile(
    "|".join(one.pattern for one in (_LINK, _ID, _GUID, _TIME, _PLACEHOLDER, _QUOTED_NAME))
)
# What is written and not seen: control and format characters, and marks left over by folding.
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\xad\\u0300-\\u036f\\u200b-\\u200f"
    "\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff\\ud800-\\udfff]"
)
_BETWEEN = re.compile(r"[\W_]+")


def comparable(text: str) -> str:
    """Return the words of the text: lower case, one space between, nothing else.

    Control and format characters count for nothing, as do links, ids, times and quoted names.
    """
    shown = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    shown = _NOISE.sub(" ", _UNSEEN.sub("", shown))
    return _BETWEEN.sub(" ", shown).strip()


def code_key(code: str) -> str:
    """Return a string code as it is compared: letters and digits, in lower case."""
    return "".join(sign for sign in code[:200].casefold() if sign.isalnum())
