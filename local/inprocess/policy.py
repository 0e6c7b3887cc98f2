"""The policy of a world in this process: its settings, and its document where it has one."""

from dataclasses import dataclass

from local.stack import policy_document
from local.worlds import World
from remediation.pauses import Pauses
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.policies.source import Text
from remediation.policy import Policy
from remediation.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSource:
    """``Source`` of a document that never changes, and can always be read."""

    data: bytes

    @property
    def name(self) -> str:
        """What people call it: as the file that the stack would write."""
        return policy_document.FILE

    def fetch(self, known: str | None) -> Text | None:
        """Return the document the first time."""
        text = Text(stamp="world", data=self.data)
        return None if known == text.stamp else text


def book_of(world: World, policy: Policy, clock: Clock, pauses: Pauses | None = None) -> PolicyBook:
    """Return what a worker of this world goes by; ``policy`` stands below the document.

    Raises ``WorldFault`` where the document has faults.
    """
    data = policy_document.text_of(world)
    source = WorldSource(data=data) if data is not None else None
    return PolicyBook(Ground(policy=policy), source=source, clock=clock, pauses=pauses)
