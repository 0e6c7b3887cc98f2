"""The row an incident has in the index: written when it opens and when it ends. Pure."""

from datetime import datetime

from remediation.incident import Incident, Status
from remediation.ports import IndexRow


def opened_row(incident: Incident, now: datetime) -> IndexRow:
    """Return the row of an incident that opens, or opens again."""
    return _row(incident, now, Status.ASSESSING, opened=True)


def ended_row(incident: Incident, now: datetime) -> IndexRow:
    """Return the row of an incident that has ended."""
    return _row(incident, now, incident.status, opened=False)


def _row(incident: Incident, now: datetime, status: Status, *, opened: bool) -> IndexRow:
    return IndexRow(
        incident=incident.id,
        item=incident.item,
        vault=incident.protected.vault,
        opened_at=incident.opened_at,
        cause=incident.cause,
        code=incident.code,
        open=opened,
        status=status,
        written_at=now,
    )
