"""The shipped playbooks as one JSON file, so that a cold start need not read and check YAML.

Made where the package is made: ``python -m remediation.playbooks.compiled``. It is used only while
it was made from exactly the files that stand beside it; else they are read as ever. Either way the
library is the same, as both go through ``entries_of``.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from remediation.playbooks.document import ENDING, Document
from remediation.playbooks.located import Located

NAME = "compiled.json"


def sources_of(folder: Path) -> dict[str, bytes]:
    """Return what the playbooks depend on: their files, the schema, and the code that reads them.

    Raises OSError where a file cannot be read.
    """
    kinds = (ENDING, ".py", ".schema.json")
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(kinds))
    return {path.name: path.read_bytes() for path in paths}


def write(folder: Path, documents: Iterable[Document]) -> Path:
    """Write the documents, which were checked as a whole, beside their files; return the path."""
    content = {
        "sources": _digest(sources_of(folder)),
        "documents": {one.name: one.located.value for one in documents},
    }
    path = folder / NAME
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def read(folder: Path) -> list[Document] | None:
    """Return the documents if there is a compiled file, and it is that of these sources."""
    try:
        content = json.loads((folder / NAME).read_bytes())
        sources = sources_of(folder)
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or content.get("sources") != _digest(sources):
        return None
    return [
        Document(name, sources[name].decode(), Located(value=value))
        for name, value in content["documents"].items()
    ]


def _digest(sources: dict[str, bytes]) -> str:
    found = hashlib.sha256()
    for name, data in sources.items():
        found.update(f"{name}\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


def main() -> None:
    """Check the shipped playbooks and compile them."""
    from remediation.playbooks.loader import SHIPPED, checked  # noqa: PLC0415 - it imports this

    print(f"wrote {write(SHIPPED, checked(SHIPPED)).name}")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
