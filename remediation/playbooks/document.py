"""One playbook file: its text, its values with their lines, and every fault it has in itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, cast

from remediation.playbooks.coherence import Source
from remediation.playbooks.located import Fault, Located, read
from remediation.playbooks.schema import check

ENDING = ".yaml"


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read; ``name`` is the file's, with its ending."""

    name: str
    text: str
    located: Located

    @classmethod
    def of(cls, name: str, data: bytes) -> Self:
        """Read the bytes of a file; what is wrong with them is among the faults."""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            fault = Fault(path=(), text=f"expected text in UTF-8: {error}")
            line = data.count(b"\n", 0, error.start) + 1
            return cls(name, "", Located(lines={(): line}, faults=[fault]))
        return cls(name, text, read(text))

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def source(self) -> Source:
        """The values; to be asked of a document without faults."""
        return Source(document=cast("dict[str, Any]", self.located.value))

    def faults(self) -> Iterator[Fault]:
        """Yield what can be told without looking at any other playbook."""
        if self.located.faults:
            yield from self.located.faults
            return
        value = self.located.value
        yield from check(value)
        name = value.get("id") if isinstance(value, dict) else None
        if isinstance(name, str) and self.name != f"{name}{ENDING}":
            expected = self.name.removesuffix(ENDING)
            text = f"expected id {expected!r} (the file's name), got {name!r}"
            yield Fault(path=("id",), text=text)

    def told(self, fault: Fault) -> str:
        """Return a fault as a sentence with its place: ``file:line: path: text``."""
        where = ".".join(str(part) for part in fault.path)
        line = self.located.line(fault.path)
        return f"{self.name}:{line}: {where + ': ' if where else ''}{fault.text}"
