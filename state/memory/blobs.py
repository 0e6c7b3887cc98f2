"""Blobs in memory."""

from state.blobs import checked, named


class MemoryBlobs:
    """``Blobs`` in memory."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Store the bytes and return their name."""
        name = named(data)
        self._data[name] = data
        return name

    def get(self, name: str) -> bytes:
        """Return the bytes; raises LookupError if there are none, ValueError for altered ones."""
        if name not in self._data:
            raise LookupError(f"there is no blob {name}")
        return checked(name, self._data[name])

    def remove(self, name: str) -> None:
        """Remove the bytes; nothing happens where there are none."""
        self._data.pop(name, None)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._data)
