"""The version of an item: where its chain ends, and the ETag under which the next commit goes."""

from dataclasses import dataclass
from typing import override

from state.chain import ChainHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a commit must know of the one before it, so that it need not read it again."""

    head: ChainHead
    etag: str

    @override
    def __str__(self) -> str:
        """Return the text that ``parse`` reads."""
        return f"{self.head.position}|{self.head.hash}|{self.etag}"

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read what ``str`` wrote; raises ValueError otherwise."""
        match text.split("|", 2):
            case [position, chained, etag] if position.isdecimal():
                return cls(head=ChainHead(position=int(position), hash=chained), etag=etag)
            case _:
                raise ValueError(f"expected a version '<position>|<hash>|<etag>', got {text!r}")
