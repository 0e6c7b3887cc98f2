"""Chains by partition, in memory."""

import threading
from collections.abc import Iterator

from state.chain import ChainHead, ChainRow, linked
from state.chained import Draft, Tail


class MemoryChains:
    """Chains in memory, as ``ChainedRows`` keeps them. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, list[ChainRow]] = {}
        self._markers: set[tuple[str, str]] = set()

    def append(self, partition: str, draft: Draft, *, marker: str | None = None) -> bool:
        """Add a row; ``draft`` gives its key and body for a position. False: the marker stands."""
        with self._lock:
            if marker is not None and (partition, marker) in self._markers:
                return False
            rows = self._rows.setdefault(partition, [])
            before = _head(rows)
            key, body = draft(before.position + 1)
            rows.append(
                ChainRow(
                    key=key,
                    position=before.position + 1,
                    previous=before.hash,
                    hash=linked(before.hash, body),
                    body=body,
                )
            )
            if marker is not None:
                self._markers.add((partition, marker))
            return True

    def marked(self, partition: str, marker: str) -> bool:
        """Whether the marker stands."""
        with self._lock:
            return (partition, marker) in self._markers

    def partitions(self) -> Iterator[tuple[str, ChainHead]]:
        """Every chain's partition and head."""
        with self._lock:
            found = [(name, _head(rows)) for name, rows in sorted(self._rows.items())]
        yield from found

    def bodies(self, partition: str) -> tuple[str, ...]:
        """Return the bodies of a chain, in their order."""
        with self._lock:
            return tuple(row.body for row in self._rows.get(partition, ()))

    def tail(self, partition: str, *, before: int | None, most: int) -> Tail[str]:
        """Return the bodies of the newest rows of a chain, or of those before a position."""
        bodies = self.bodies(partition)
        end = len(bodies) if before is None else max(before - 1, 0)
        first = max(0, end - most)
        return Tail(entries=bodies[first:end][::-1], before=first + 1 if first else None)

    def chain(self, partition: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a chain as it stands, for verification."""
        with self._lock:
            rows = self._rows.get(partition, [])
            return _head(rows), tuple(rows)


def _head(rows: list[ChainRow]) -> ChainHead:
    return ChainHead(position=rows[-1].position, hash=rows[-1].hash) if rows else ChainHead()
