"""The guard of roles: what this app was not allowed a moment ago is not tried at once again. Pure.

Azure says so only when asked, so the first try finds it out: it changes nothing, costs nothing, and
ends as ``blocked``. An assignment takes Azure some minutes to apply, so it is looked at twice more;
after that a person is needed, and the ladder goes on without what needs the role.
"""

from collections.abc import Iterator
from datetime import timedelta

from remediation.incident import Attempt, AttemptResult, Objection
from remediation.plan import Plan
from remediation.repertoire import ACTIONS, STEP_ROLES

# Ten minutes is what Azure names for an assignment; an hour is for whoever reads of it.
LOOKS = (timedelta(minutes=15), timedelta(hours=1))


def role(plan: Plan) -> Iterator[Objection]:
    """Nothing is begun with a role that is missing; an inspection is left out, not waited for."""
    if not plan.begins:
        return
    missed = _missed(plan)
    if not missed:
        return
    last = missed[-1]
    looks, since = len(missed), last.ended_at or last.acted_at
    until = since + LOOKS[looks - 1] if looks <= len(LOOKS) and not plan.action.inspects else None
    if until is None or until > plan.now:
        reason = last.detail or f"role {STEP_ROLES[plan.step].label} is not assigned"
        yield Objection(guard="role", reason=reason, until=until)


def _missed(plan: Plan) -> list[Attempt]:
    """Return the newest tries with the step's role that found it missing, in this round."""
    wanted, missed = STEP_ROLES[plan.step], list[Attempt]()
    for one in plan.incident.attempts:
        if one.round != plan.incident.round:
            continue
        if one.result is AttemptResult.BLOCKED:
            # Only a first step ends so: what was taken before cannot be unsaid.
            if STEP_ROLES[ACTIONS[one.action].all_steps[0]] is wanted:
                missed.append(one)
        elif any(STEP_ROLES[step] is wanted for step in one.steps_done):
            missed.clear()
    return missed
