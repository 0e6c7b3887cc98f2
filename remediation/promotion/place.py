"""The scope of a promotion as people write it, and where in the document it stands. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from remediation import pauses
from remediation.ids import ItemId, VaultId
from remediation.policies.layers import Document, Layer
from remediation.policies.match import READERS, Match, contradiction

EVERYTHING = pauses.EVERYTHING
_EXPECTED = (
    "expected * (everything), the name of a scope of the document, the ARM id of a subscription,"
    " resource group, vault or machine, or keys of a match by comma"
    " (resource_group=rg-web-*,tags.role=web)"
)
_PAIRS = re.compile(r"(?:^|,)\s*(subscription|resource_group|vault|item|tags\.[^=,]+)\s*=")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where values go: ``layer`` stands in the document; else a new scope of ``name``, ``match``.

    ``match`` is None for everything: then the place is the document's defaults.
    """

    match: Match | None
    name: str = ""
    layer: Layer | None = None

    @property
    def shown(self) -> str:
        """The place as people call it."""
        if self.match is None:
            return "everything (defaults)"
        return f"{'scope' if self.layer else 'new scope'} {self.name} ({as_text(self.match)})"

    def holds(self, item: ItemId, vault: VaultId | None, tags: dict[str, str] | None) -> bool:
        """Whether a machine lies in it; lower-cased tags, None where they are not known."""
        return self.match is None or self.match.holds(item, vault, tags)


def find(text: str, document: Document | None) -> Place:
    """Return the place that a text names; raises ValueError that says what was expected."""
    asked = text.strip()
    layers = document.layers if document else ()
    if asked in {EVERYTHING, "defaults"}:
        return Place(match=None, layer=next((one for one in layers if one.match is None), None))
    named = [one for one in layers if one.match is not None and one.name.lower() == asked.lower()]
    if named:
        return Place(match=named[0].match, name=named[0].name, layer=named[0])
    match = read(asked)
    # Of two scopes of one width the later in the document wins.
    same = [one for one in layers if one.match == match]
    if same:
        return Place(match=match, name=same[-1].name, layer=same[-1])
    return Place(match=match, name=_free_name(match, layers))


def read(text: str) -> Match:
    """Read an ARM id or keys of a match; raises ValueError that says what was expected."""
    if not text or ("=" not in text and "/" not in text):
        raise ValueError(f"{_EXPECTED}, got {text[:80]!r}")
    match = _of_id(text) if text.startswith("/") else _of_pairs(text)
    impossible = contradiction(match)
    if impossible is not None:
        raise ValueError(impossible)
    return match


def as_text(match: Match) -> str:
    """Return a match as ``read`` reads it."""
    plain = [(name, getattr(match, name)) for name in READERS]
    pairs = [f"{name}={value}" for name, value in plain if value is not None]
    return ",".join([*pairs, *(f"tags.{name}={value}" for name, value in match.tags.items())])


def _of_id(text: str) -> Match:
    scope = pauses.read_scope(text)
    parts = scope.lower().split("/")
    if "microsoft.recoveryservices" in parts:
        return Match(vault=VaultId.parse(scope).key)
    if "microsoft.compute" in parts:
        return Match(item=ItemId.parse(scope).key)
    group = parts[4] if len(parts) > 4 else None  # noqa: PLR2004 - /subscriptions/x/resourceGroups/y
    return Match(subscription=parts[2], resource_group=group)


def _of_pairs(text: str) -> Match:
    found = list(_PAIRS.finditer(text))
    if not found or found[0].start() != 0:
        raise ValueError(f"{_EXPECTED}, got {text[:80]!r}")
    known: dict[str, str] = {}
    tags: dict[str, str] = {}
    ends = [*(one.start() for one in found[1:]), len(text)]
    for one, end in zip(found, ends, strict=True):
        key, value = one.group(1).strip(), text[one.end() : end].strip()
        name = key.removeprefix("tags.").strip().lower()
        if name in (tags if key.startswith("tags.") else known):
            raise ValueError(f"expected {key} once, got it twice")
        if key.startswith("tags."):
            tags[name] = value.lower()
        else:
            known[name] = READERS[name](value)
    return Match(tags=tags, **known)


def _free_name(match: Match, layers: tuple[Layer, ...]) -> str:
    taken = {one.name.lower() for one in layers}
    base = "promoted in " + ", ".join(_words(match))
    base = base if len(base) <= _LONGEST_NAME - 4 else base[: _LONGEST_NAME - 4].rstrip()
    names = (base, *(f"{base} {count}" for count in range(2, len(taken) + 3)))
    return next(name for name in names if name.lower() not in taken)


def _words(match: Match) -> Iterator[str]:
    for name in READERS:
        value = getattr(match, name)
        if value is not None and (name != "subscription" or match.resource_group is None):
            yield f"{name.replace('_', ' ')} {value.rpartition('/')[2]}"
    yield from (f"{name} {value}" for name, value in match.tags.items())
