"""The brake: which scopes have too many failing items. A pure function of the rows.

1. An item counts once, however often it failed.
2. Who inserts its row before it counts is among those it counts. So of all items in a scope fewer
   than the threshold can have seen the brake open, with any number of workers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.storms.scopes import Estate, FailureRow, Scope, scopes_of

WINDOW = timedelta(minutes=30)
# In a scope of fewer items than this, that share of them is many.
SMALL = 200
SHARE_PERCENT = 5
LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Scopes over their threshold that share failing items; ``owner`` is the widest.

    ``counts``: how many items fail in each; ``rows`` are the failures in all of them, oldest first.
    """

    owner: Scope
    counts: Mapping[Scope, int]
    rows: tuple[FailureRow, ...]

    @property
    def scopes(self) -> frozenset[Scope]:
        """The scopes over their threshold."""
        return frozenset(self.counts)

    def wider_than(self, scope: Scope) -> bool:
        """Whether its owner is wider than that scope: more items fail in it, or its kind is."""
        ours, theirs = self.counts[self.owner], self.counts.get(scope, 0)
        return ours > theirs or (ours == theirs and self.owner.narrowness < scope.narrowness)


def threshold(limit: int, size: int | None) -> int:
    """Return how many failing items are a storm in a scope of ``size`` items (None: not known)."""
    if size is None or size >= SMALL:
        return limit
    return min(limit, max(LEAST, size * SHARE_PERCENT // 100))


def fronts(
    rows: Iterable[FailureRow], estate: Estate, limit: int, now: datetime
) -> tuple[Front, ...]:
    """Return what is over its threshold now; nothing where the limit is 0.

    The order of the rows does not matter, nor whether one stands there twice. A row from the
    future is of a worker whose clock is ahead: it counts.
    """
    if limit <= 0:
        return ()
    recent = sorted(
        {row for row in rows if row.at > now - WINDOW}, key=lambda row: (row.at, row.item.key)
    )
    items: defaultdict[Scope, set[str]] = defaultdict(set)
    for row in recent:
        for scope in scopes_of(row, estate):
            items[scope].add(row.item.key)
    hot = {
        scope: found
        for scope, found in items.items()
        if len(found) >= threshold(limit, estate.size(scope))
    }
    return tuple(_front(group, hot, recent) for group in _sharing(hot))


def _sharing(hot: dict[Scope, set[str]]) -> list[set[Scope]]:
    """Group the scopes that share an item, also by way of a third."""
    groups: list[tuple[set[Scope], set[str]]] = []
    for scope in sorted(hot, key=_order):
        joined, members, apart = {scope}, set(hot[scope]), []
        for one, found in groups:
            if found & members:
                joined |= one
                members |= found
            else:
                apart.append((one, found))
        groups = [*apart, (joined, members)]
    return [one for one, _ in groups]


def _front(group: set[Scope], hot: dict[Scope, set[str]], recent: list[FailureRow]) -> Front:
    owner = min(group, key=lambda scope: (-len(hot[scope]), *_order(scope)))
    items = set[str]().union(*(hot[scope] for scope in group))
    rows = tuple(row for row in recent if row.item.key in items)
    return Front(owner=owner, counts={scope: len(hot[scope]) for scope in group}, rows=rows)


def _order(scope: Scope) -> tuple[int, str]:
    return scope.narrowness, scope.name
