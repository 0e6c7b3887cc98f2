"""What a lock's owner is told each time it was taken away: the group fills up again. Pure.

The lock goes back by itself. But it keeps the backup service from deleting its own restore points,
so that the same failure comes again, and a group's lock is taken away once in thirty days only.
"""

from remediation.draft import Draft
from remediation.incident import NoticeKind, Step, StepName
from remediation.picture import own_locks


def tell_owner(draft: Draft, step: Step) -> None:
    """Queue the finding where this attempt took the lock away; who joined another has no news."""
    if step.name is not StepName.REMOVE_LOCK or _joined(draft, step):
        return
    group, names = step.parameters.get("backup_group", ""), step.parameters.get("locks", "")
    known = {lock.key: lock for duty in draft.picture.duties for lock in (duty.lock,)}
    known |= {lock.key: lock for lock in own_locks(draft.picture)}
    owners = sorted({owner for lock in known.values() for owner in lock.owners})
    whose = f" (owner: {', '.join(owners)})" if owners else ""
    reason = (
        f"the lock {names.replace(',', ', ')} on {group}{whose} was taken away so that old restore"
        " points could be deleted, and goes back. While it stands nobody deletes them, and they"
        " fill up again: take it off this group, or lock what it is meant to protect"
    )
    draft.notify(NoticeKind.FINDING, reason, f"lock-{step.attempt}")


def _joined(draft: Draft, step: Step) -> bool:
    """Whether others had taken the lock away: of a duty the first who waits has removed it.

    A duty that was not there yet when this was decided is our own.
    """
    mine = (draft.incident.id, step.attempt)
    away = [duty for duty in draft.picture.duties if duty.away and duty.holders]
    firsts = [(duty.holders[0].incident, duty.holders[0].attempt) for duty in away]
    return bool(firsts) and mine not in firsts
