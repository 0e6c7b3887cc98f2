"""Waiting for what another process does."""

import time
from collections.abc import Callable


def eventually[T](look: Callable[[], T], *, seconds: float = 10.0) -> T:
    """Return the first truthy result of ``look``; fails with the last one after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (result := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s; the last look gave {result!r}"
        time.sleep(0.02)
    return result
