"""An anchor: the heads of all chains at one time, as one text that is never changed. Pure.

JSON lines: the anchor's own facts, then a chain a line, by name. It is named by its day and its
SHA-256, and names the anchor before it, so that the anchors are a chain, too.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from state import codec
from state.chain import ChainHead, Fault, Tampering

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})/([0-9a-f]{64})\.jsonl")
_FORMAT = 1
# So many whole days without an anchor, and people are told.
_WITHOUT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """Where a chain ended: ``chain`` is its name, ``item`` the machine where it is one's."""

    chain: str
    head: ChainHead
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an anchor says of itself; ``broken`` are chains that no longer held the one before."""

    taken_at: datetime
    previous: str | None
    chains: int
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """An anchor that was read; ``heads`` are by the chain's name, sorted."""

    name: str
    facts: Facts
    heads: Mapping[str, Anchored]

    @property
    def day(self) -> str:
        """The day it is of."""
        return day_of(self.name)


def written(facts: Facts, heads: Iterable[Anchored]) -> bytes:
    """Return an anchor's text: some 150 bytes a chain."""
    own = {"format": _FORMAT, **codec.plain(facts)}
    lines = [own, *(_line(one) for one in sorted(heads, key=lambda one: one.chain))]
    return "".join(f"{codec.text_of(line)}\n" for line in lines).encode()


def named(day: str, data: bytes) -> str:
    """Return the name of an anchor of a day."""
    return f"{day}/{hashlib.sha256(data).hexdigest()}.jsonl"


def day_of(name: str) -> str:
    """Return an anchor's day; raises ValueError for a name that is none."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"expected the name of an anchor, got {name[:200]!r}")
    return match[1]


def read(name: str, data: bytes) -> Anchor:
    """Read an anchor; raises ValueError where it is not what its name says."""
    if named(day_of(name), data) != name:
        raise ValueError(f"the anchor {name} is not what was written: its bytes have another hash")
    first, *rest = data.decode().splitlines()
    heads = [_head(json.loads(line)) for line in rest]
    return Anchor(
        name=name, facts=codec.decode(Facts, first), heads={one.chain: one for one in heads}
    )


def late(names: Sequence[str], now: datetime) -> str | None:
    """Return a sentence where two whole days have passed since the newest anchor's, else None.

    None, too, where there is none at all. ``names``: those of all, the eldest first.
    """
    # What is no anchor is not ours to count.
    days = [match[1] for match in map(_NAME.fullmatch, names) if match is not None]
    if not days:
        return None
    day = days[-1]
    over = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
    return f"the newest anchor is of {day}: none came since" if now >= over + _WITHOUT else None


def orphaned(name: str, facts: Facts, names: Sequence[str]) -> str | None:
    """Return a sentence where the anchor before this one is gone, else None.

    Of the eldest that stands it may be: a container need not hold them for ever.
    """
    before = facts.previous
    if before is None or not names or before < names[0] or before in names:
        return None
    return f"the anchor before {name} is gone: it was {before}"


def facts_of(name: str, first: bytes) -> Facts:
    """Read what an anchor says of itself from its beginning, which holds its whole first line."""
    day_of(name)
    return codec.decode(Facts, first.partition(b"\n")[0].decode())


def broken(
    anchored: ChainHead, head: ChainHead, hashes: Mapping[int, str], day: str
) -> Fault | None:
    """Return what was done to a chain since it was anchored on ``day``; None: it only went on.

    ``hashes`` are those of its records, by position, and empty where a stub stands for one.
    """
    if anchored.position > head.position:
        detail = (
            f"the chain was cut: {anchored.position} records were anchored on {day}, "
            f"its head counts {head.position}"
        )
        return Fault(kind=Tampering.REMOVED, position=head.position + 1, key=None, detail=detail)
    if anchored.position == 0:
        return None
    found = head.hash if anchored.position == head.position else hashes.get(anchored.position)
    # Empty: a stub stands for what retention removed there, and does not tell its hash.
    if found in {anchored.hash, ""}:
        return None
    detail = f"the chain was rewritten: another hash was anchored on {day} at this position"
    return Fault(kind=Tampering.ALTERED, position=anchored.position, key=None, detail=detail)


def _line(one: Anchored) -> dict[str, object]:
    line: dict[str, object] = {
        "chain": one.chain,
        "position": one.head.position,
        "hash": one.head.hash,
    }
    return line if one.item is None else {**line, "item": one.item}


def _head(line: Mapping[str, object]) -> Anchored:
    match line:
        case {"chain": str(chain), "position": int(position), "hash": str(hashed)}:
            item = line.get("item")
            head = ChainHead(position=position, hash=hashed)
            return Anchored(chain=chain, head=head, item=None if item is None else str(item))
        case _:
            raise ValueError(f"expected a line of an anchor, got {str(line)[:200]}")
