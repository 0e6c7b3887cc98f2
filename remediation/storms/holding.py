"""How a storm holds an incident back: the objection that ``why`` shows, and its time. Pure."""

import hashlib
from datetime import datetime, timedelta

from remediation.incident import Incident, Objection
from remediation.storms.storm import Storm, StormState

GUARD = "storm"
# When those who are held look again: spread out, so that thousands do not come at once, and the
# further the more of them wait for each permit. Somebody comes often enough for a permit that is
# free; who is last waits no longer than this after the rest have gone.
SOONEST, SPREAD, SPREAD_MOST = timedelta(minutes=10), timedelta(minutes=20), timedelta(hours=2)
# So many looks an hour for each permit, and as many more where there is but one.
LOOKS, LOOKS_MORE = 4, 20
UNREAD, UNREAD_SPREAD = timedelta(minutes=3), timedelta(minutes=5)


def held_back(storm: Storm, incident: str, now: datetime) -> Objection:
    """Return the objection of a storm without a free permit."""
    until = now + SOONEST + share(incident) * _spread(storm)
    where = f"{storm.id} in {storm.owner.shown} since {storm.opened_at.isoformat()}"
    return Objection(guard=GUARD, reason=f"{where}: {storm.doing}", until=until)


def _spread(storm: Storm) -> timedelta:
    if storm.state is StormState.ESCALATED:
        # Nothing changes fast where people must heal the cause first.
        return 2 * SPREAD_MOST
    looks = LOOKS * storm.level + LOOKS_MORE
    return min(max(SPREAD, timedelta(hours=storm.held / looks)), SPREAD_MOST)


def held_by_storm(incident: Incident) -> bool:
    """Whether nothing but a storm holds the incident back."""
    hold = incident.hold
    return hold is not None and all(one.guard == GUARD for one in hold.objections)


def unread(reason: str, incident: str, now: datetime) -> Objection:
    """Return the objection where failures cannot be counted: then nothing is begun."""
    until = now + UNREAD + share(incident) * UNREAD_SPREAD
    return Objection(guard=GUARD, reason=f"failures cannot be counted: {reason}", until=until)


def share(incident: str) -> float:
    """Return a number from 0 to 1, always the same for an incident."""
    return int.from_bytes(hashlib.sha256(incident.encode()).digest()[:4]) / 0xFFFFFFFF
