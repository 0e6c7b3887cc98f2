"""Alarms in the log: one line each, when it is raised, for whatever watches the log from outside.

The line begins with ``BEGINS``, for good: the deployment's alert looks for it
(``infra/modules/telemetry.bicep``). What has gone well again, and what a person did about a pause,
stands among the alarms without being one; it is logged as news.
"""

import logging
from datetime import datetime
from typing import override

from remediation.redact import bounded, redact
from state.ledger import TableLedger

BEGINS = "remediator alarm: "
_NEWS = ("pause-", "unpause-")
_WATCHED, _OVER = ("role-", "silent-"), "-over"
_LONGEST = 2_000
_LOG = logging.getLogger("remediator.alarms")


class LoggedLedger(TableLedger):
    """A ledger that logs each alarm once, after it is on file.

    Where the process dies between the two, the alarm is on file and not in the log.
    """

    @override
    def alarm(self, key: str, text: str, at: datetime) -> bool:
        """Raise an alarm once a key, and log it where it is new."""
        new = super().alarm(key, text, at)
        if new:
            line = " ".join(f"{redact(key)}: {bounded(text, _LONGEST)}".split())
            if is_news(key):
                _LOG.info("remediator news: %s", line)
            else:
                _LOG.error("%s%s", BEGINS, line)
        return new


def is_news(key: str) -> bool:
    """Whether what stands under this key asks nothing of anybody."""
    return key.startswith(_NEWS) or (key.startswith(_WATCHED) and key.endswith(_OVER))
