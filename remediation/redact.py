"""Redaction: what is stored or sent holds no credential and nothing that steers a terminal. Pure.

It runs over every text that came from outside, before storing. It errs on the side of hiding, is
idempotent, and leaves ids, times and the signed addresses of ARM operations as they are: those
addresses are needed to look again, and lead nowhere without a token.
"""

import re
from collections.abc import Mapping

HIDDEN = "[redacted]"

# Escape sequences of terminals, whole, so that no half of one is left to read as text.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")
# Control characters but tab and line feed; marks that reverse the direction of text; halves of
# characters, which no encoding takes.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

# What was hidden stays as it is, with what follows it: else a second pass would take a mark at its
# end along. An empty text is no secret; one between doubled quotes (CSV) is.
_VALUE = r"""(?:\[redacted\](?!\w)|\\*""[^"\s]+""|\\*"[^"]+"|\\*'[^']+'|[^\s;&"',\\]+)"""
_NAMES = (
    r"account[_-]?key|shared[_-]?access[_-]?key|shared[_-]?access[_-]?signature|password|passwd|pwd"
    r"|passphrase|client[_-]?secret|secret|api[_-]?key|access[_-]?token|refresh[_-]?token|id[_-]?token"
    r"|x-functions-key|x-functions-clientid|aeg-sas-key|aeg-sas-token|ocp-apim-subscription-key"
)
# Each with what a text must have somewhere, in lower case, for the pattern to match at all.
_SECRETS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (
        ("-----begin",),
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
            re.DOTALL,
        ),
        HIDDEN,
    ),
    (("eyj",), re.compile(r"\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)*"), HIDDEN),
    (
        ("authorization",),
        re.compile(r"""(\bauthorization\\*["']?\s*[:=]\s*\\*["']?)[^\r\n"'\\]+""", re.IGNORECASE),
        rf"\g<1>{HIDDEN}",
    ),
    (("bearer",), re.compile(r"\b(bearer\s+)[\w.~+/-]{16,}=*", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
    (
        ("key", "secret", "signature", "pass", "pwd", "token", "clientid"),
        re.compile(rf"""((?:{_NAMES})\\*["']?\s*[=:]\s*){_VALUE}""", re.IGNORECASE),
        rf"\g<1>{HIDDEN}",
    ),
    (("sig=",), re.compile(r"(?<![\w-])(sig=)[^&\s\"'<>\\]+", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
    # A link of ours: the signature is no credential, and no business of a record either.
    (
        ("link=",),
        re.compile(r"([?&]link=v1(?:\.[\w-]{1,120}){4})\.[\w-]{43}", re.ASCII),
        rf"\g<1>.{HIDDEN}",
    ),
    (("code=",), re.compile(r"([?&]code=)[^&\s\"'<>\\]+", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
    (("://",), re.compile(r"(://[^\s/:@]+:)[^\s/@]+(?=@)"), rf"\g<1>{HIDDEN}"),
)
# Ids, words and times, which most texts are. No pattern matches without a blank, a quote, an equals
# sign or a colon, but for the token that begins with eyJ; nor does any within a time.
_PLAIN = re.compile(r"(?!.*eyJ)[\w./()$,;+-]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)
_SECRET_KEY = re.compile(rf"(?:{_NAMES}|authorization)", re.IGNORECASE)


def redact(text: str) -> str:
    """Return the text without credentials and control characters; tab and line feed stay."""
    if _PLAIN.fullmatch(text):
        return text
    ascii_ = text.isascii()
    clean = text if ascii_ and text.isprintable() else _CONTROLS.sub("", _ESCAPES.sub("", text))
    # Letters of other alphabets may be another case of ours: there every pattern is tried.
    lowered = clean.lower()
    for needs, pattern, replacement in _SECRETS:
        if not ascii_ or any(one in lowered for one in needs):
            clean = pattern.sub(replacement, clean)
    return clean


def redact_tree(tree: object) -> object:
    """Return a tree of JSON with every text redacted; what a credential's name keys is hidden."""
    match tree:
        case str():
            return redact(tree)
        case Mapping():
            return {key: _keyed(key, value) for key, value in tree.items()}
        case list() | tuple():
            return [redact_tree(one) for one in tree]
        case _:
            return tree


def bounded(text: str, most: int) -> str:
    """Return the text redacted and cut to ``most`` bytes of UTF-8, never inside a character."""
    # Cut before and after: patterns need not walk through megabytes, and hiding may lengthen.
    return _cut(redact(_cut(text, 4 * most)), most)


def _cut(text: str, most: int) -> str:
    return text.encode(errors="replace")[:most].decode(errors="ignore")


def _keyed(key: object, value: object) -> object:
    if isinstance(key, str) and isinstance(value, str) and _SECRET_KEY.fullmatch(key):
        return HIDDEN
    return redact_tree(value)
