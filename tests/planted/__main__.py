"""``python -m tests.planted [NAME ...]``: break a copy of the code and show what notices it."""

import sys
import tempfile
import time
from pathlib import Path

from tests.planted.breakages import BREAKAGES
from tests.planted.copy import copied, noticed


def main() -> int:
    """Try the breakages whose names contain a word, or all; 1 where one is not noticed."""
    words = sys.argv[1:] or [""]
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        code = copied(Path(folder) / "code")
        for one in BREAKAGES:
            if not any(word in one.name for word in words):
                continue
            begun = time.monotonic()
            try:
                said = noticed(code, one)
            except AssertionError as fault:
                said, unnoticed = f"NOT NOTICED: {fault}", unnoticed + 1
            print(f"{time.monotonic() - begun:5.1f} s  {one.name}: {said}", flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    raise SystemExit(main())
