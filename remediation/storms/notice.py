"""What people and other people's automation are told of a storm: one event a kind of news. Pure."""

from collections.abc import Mapping
from datetime import datetime

from remediation.ports import Notification
from remediation.redact import redact
from remediation.storms.storm import News, Storm

TYPES: Mapping[News, str] = {
    News.DETECTED: "BackupRemediator.StormDetected.v1",
    News.ESCALATED: "BackupRemediator.StormEscalated.v1",
    News.ENDED: "BackupRemediator.StormEnded.v1",
}
_REMEDY: Mapping[News, str] = {
    News.DETECTED: "Look for what these machines have in common. Repairs go on one by one.",
    News.ESCALATED: (
        "Three repairs in a row did not help: heal the cause that these machines share. "
        "The incidents go on by themselves when one of them recovers."
    ),
    News.ENDED: "Nothing: what is still open is listed by itself.",
}


def notification(storm: Storm, news: News, at: datetime) -> Notification:
    """Return the news of a storm; its key is the dedup key."""
    key = f"{storm.id}-{news.value}"
    data = {
        **described(storm),
        "key": key,
        "kind": f"storm_{news.value}",
        "reason": _sentence(storm, news),
        "next": {"remedy": _REMEDY[news], "api": "/api/storms"},
    }
    return Notification(key=key, type=TYPES[news], subject=storm.owner.name, at=at, data=data)


def described(storm: Storm) -> dict[str, object]:
    """Return a storm as plain data."""
    return {
        "storm": storm.id,
        "state": storm.state.value,
        "scope": {"kind": storm.owner.kind.value, "name": storm.owner.name},
        "scopes": [{"kind": one.kind.value, "name": one.name} for one in storm.scopes],
        "opened_at": storm.opened_at.isoformat(),
        "last_failure_at": storm.last_failure_at.isoformat(),
        "escalated_at": storm.escalated_at.isoformat() if storm.escalated_at else None,
        "ended_at": storm.ended_at.isoformat() if storm.ended_at else None,
        "joined": storm.joined,
        "items": storm.items,
        "first_items": list(storm.first_items),
        "codes": [redact(code) for code in storm.codes],
        "doing": storm.doing,
        "at_once": storm.level,
        "running": len(storm.permits),
        "verified": storm.verified,
        "failed": storm.failed,
        "held": storm.held,
        "waiting": storm.waiting,
        "overdue": storm.overdue,
        "overdue_items": list(storm.overdue_items),
    }


def _sentence(storm: Storm, news: News) -> str:
    where = storm.owner.shown
    match news:
        case News.DETECTED:
            return f"{storm.items} machines failed in {where}: {storm.doing}"
        case News.ESCALATED:
            past = f"{storm.held} incidents are held back, {storm.overdue} past their deadline"
            return f"the storm in {where} is for people; {past}"
        case News.ENDED if storm.joined:
            return f"the storm in {where} has become part of {storm.joined}"
        case News.ENDED:
            done = f"{storm.verified} repairs verified, {storm.failed} failed"
            return f"the storm in {where} is over: {storm.items} machines failed, {done}"
