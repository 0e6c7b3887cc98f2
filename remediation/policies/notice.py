"""What people are told when the policy document is refused, or cannot be read."""

from datetime import datetime

from remediation.messages import Succeeded
from remediation.policies.book import Tell
from remediation.ports import Ledger, Notification, Notifier

TYPE = "BackupRemediator.PolicyRefused.v1"
_LONGEST = 2000


def telling(ledger: Ledger, notifier: Notifier) -> Tell:
    """Return how a fault of the policy is told: an alarm once a key, and a notice with it.

    It answers whether people were told: by a channel, or by whoever raised the alarm first.
    """
    refused: set[str] = set()

    def tell(key: str, text: str, at: datetime) -> bool:
        if not ledger.alarm(key, text, at) and key not in refused:
            return True
        taken = isinstance(notifier.publish(_notice(key, text, at)), Succeeded)
        (refused.discard if taken else refused.add)(key)
        return taken

    return tell


def _notice(key: str, text: str, at: datetime) -> Notification:
    data: dict[str, object] = {
        "key": key,
        "kind": "policy",
        "reason": text[:_LONGEST],
        "next": {"remedy": "Correct the policy document: remediator policy check FILE."},
    }
    return Notification(key=key, type=TYPE, subject="policy", at=at, data=data)
