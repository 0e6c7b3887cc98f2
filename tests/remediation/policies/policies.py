"""Documents, machines and a clock for the tests of policies."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from remediation.ids import ItemId, VaultId
from remediation.policies.document import read_document
from remediation.policies.effective import Effective, Ground, effective
from remediation.policies.layers import Document
from remediation.policies.source import SourceError, Text

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
ITEM = ItemId.of(SUBSCRIPTION, "RG-Prod-Web", "vm-01")
VAULT = VaultId.of(SUBSCRIPTION, "rg-vaults", "Vault-West")
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def document(text: str) -> Document:
    """Read a document that has no fault."""
    return read_document(f"version: 1\n{text}".encode(), "policy.yaml")


def of(text: str, tags: dict[str, str] | None = None, item: ItemId = ITEM) -> Effective:
    """The policy in effect for a machine."""
    return effective(Ground(), document(text), item, VAULT, {} if tags is None else tags)


@dataclass(slots=True)
class Hands:
    """``Clock`` that is set by hand."""

    at: datetime = START
    speed: int = 1

    def now(self) -> datetime:
        """Return the time."""
        return self.at

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures."""
        return real * self.speed

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long it really takes."""
        return shown / self.speed


@dataclass(slots=True)
class Desk:
    """``Source`` and ``LastGood``: what lies on it, whether it can be reached, how often asked."""

    text: str | None = None
    safe: bytes | None = None
    safe_open: bool = True
    fetched: int = 0
    name: str = "policy.yaml"
    faults: list[str] = field(default_factory=list)

    def fetch(self, known: str | None) -> Text | None:
        """Return the document where it changed."""
        self.fetched += 1
        if self.text is None:
            raise SourceError("policy.yaml: No such file or directory")
        data = self.text.encode()
        found = Text(stamp=str(hash(data)), data=data)
        return None if found.stamp == known else found

    def keep(self, data: bytes) -> None:
        """Keep the document."""
        if not self.safe_open:
            raise SourceError("last-good.yaml: storage does not answer")
        self.safe = data

    def kept(self) -> bytes | None:
        """Return what was kept."""
        if not self.safe_open:
            raise SourceError("last-good.yaml: storage does not answer")
        return self.safe
