"""The watch over claims: what a sweep gives back of those who died, or left a group behind."""

from remediation.engine import Engine
from remediation.line import call
from remediation.newer import NewerError
from remediation.partnership import Claimed, claiming


def give_back(engine: Engine) -> int:
    """Give back the claims that no attempt needs any more; returns how many.

    One that is younger than a commit takes may still come into use.
    """
    now, given = engine.clock.now(), 0
    for subscription in sorted(engine.policy.scopes):
        for one in engine.claims.all(subscription):
            if now - one.claim.since >= engine.pace.take_over and not _in_use(engine, one):
                found = one.claim
                waited = engine.claims.free(subscription, one.group, found.holder, found.position)
                call(engine.wakeups, waited[:1], now)
                given += 1
    return given


def _in_use(engine: Engine, one: Claimed) -> bool:
    try:
        incident = engine.store.load(one.claim.item).incident
    except NewerError:
        # Whoever can read it gives it back.
        return True
    if incident is None or incident.attempt is None:
        return False
    holder = f"{incident.id}-{incident.attempt.number}"
    return holder == one.claim.holder and one.group in claiming(incident)
