"""The channel to people of a world in this process."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from remediation.messages import Outcome, Succeeded
from remediation.ports import Notification


@dataclass(slots=True)
class Notices:
    """The channel to people: it takes everything."""

    texts: list[str] = field(default_factory=list)
    types: list[tuple[datetime, str, str]] = field(default_factory=list)

    def publish(self, notification: Notification) -> Outcome:
        """Take a notice."""
        self.types.append((notification.at, notification.type, notification.key))
        self.texts.append(
            json.dumps(
                {"key": notification.key, "subject": notification.subject, **notification.data},
                default=str,
            )
        )
        return Succeeded(detail="taken")
