"""Why a rung may not be entered: conditions, class, policy, locks, and what its action needs. Pure.

Every reason is told, never the first alone.
"""

from collections.abc import Iterator
from datetime import datetime

from local.checker.initial import LIMIT, Standing
from local.checker.permission import Permission
from local.checker.playbooks import Playbook, Rung
from local.checker.repertoire import ACTIONS, BACKUPS, CLEANING, exceeds
from local.worlds import Policy


def refusals(
    may: Permission, playbook: Playbook, rung: Rung, around: Standing, *, retried: bool
) -> Iterator[str]:
    """Return every reason why a rung may not be entered, but for maintenance windows."""
    yield from _unmet(rung, around)
    action = ACTIONS[rung.do]
    if action.inspects:
        yield from _unaskable(may, playbook, rung, around)
    if action.acts:
        yield from _forbidden(may, playbook, rung, retried=retried)
        yield from _partners(may, rung)
        yield from _state(rung, around)
        if rung.do in BACKUPS:
            yield from _backup(may.policy, around)
        if rung.do in BACKUPS | CLEANING:
            yield from _database(may, around)


def windowless(may: Permission, rung: Rung, start: datetime) -> Iterator[str]:
    """Say that a rung needs a maintenance window, where none opens for it."""
    action = ACTIONS[rung.do]
    needed = action.acts and ("window" in rung.needs or may.needs_window(action.risk))
    if needed and not may.window_opens(action.risk, start):
        yield "it needs a window, and none opens for it"


def _forbidden(may: Permission, playbook: Playbook, rung: Rung, *, retried: bool) -> Iterator[str]:
    """Say what policy, playbook and class forbid."""
    action, policy, mode = ACTIONS[rung.do], may.policy, may.mode_of(rung.do)
    if mode != "auto":
        yield f"mode is {mode}"
    if playbook.status != "active":
        yield f"the playbook is in status {playbook.status}"
    yield from _class(policy, playbook, rung, retried=retried)
    if exceeds(action.risk, "guest_io") and not policy.disruptive_per_hour:
        yield "no disruptive action may begin"
    if action.approval or "approval" in rung.needs:
        yield "it needs a person's approval"
    if exceeds(action.risk, policy.max_risk):
        yield f"its risk {action.risk} is above {policy.max_risk}"


def _unaskable(may: Permission, playbook: Playbook, rung: Rung, around: Standing) -> Iterator[str]:
    """Say why nothing may be asked, or nobody would answer: an inspection is no change."""
    if may.mode_of(rung.do) not in {"auto", "approve"} or playbook.status != "active":
        yield "what is only watched is not inspected"
    if around.facts["power"] != frozenset({"running"}):
        yield "the machine is not running"
    yield from _guest(rung, around)
    yield from _barred(rung, around)


def _unmet(rung: Rung, around: Standing) -> Iterator[str]:
    for fact, allowed in rung.when.items():
        possible = around.facts.get(fact)
        if possible is None:
            yield f"{fact} cannot be told"
        elif not possible <= allowed:
            yield f"{fact} is {' or '.join(sorted(possible))}"


def _class(policy: Policy, playbook: Playbook, rung: Rung, *, retried: bool) -> Iterator[str]:
    """Say what the cause's class forbids: what may happen unasked is bounded by it."""
    named = rung.do in policy.opt_in
    match playbook.kind:
        case "people":
            yield "the cause is for people"
        case "guarded" if not named:
            yield "a guarded cause needs it opted in"
        case "wait" if not named and (rung.do != "retry_backup" or retried):
            yield "a waiting cause allows one retry, all else must be opted in"
        case _ if ACTIONS[rung.do].opt_in and not named:
            yield "it must be opted in"
        case _:
            return


def _state(rung: Rung, around: Standing) -> Iterator[str]:
    facts = around.facts
    if around.at_limit and rung.do not in CLEANING:
        # Whatever is done is proved by a backup, which must fail there.
        yield f"the collection holds {LIMIT} restore points"
    yield from _guest(rung, around)
    if rung.do == "reapply_vm" and facts["other_extension"] != frozenset({"ok"}):
        yield "another publisher's extension has failed"
    if rung.do == "clear_lock" and facts["lock"] != frozenset({"own"}):
        yield f"lock is {' or '.join(sorted(facts['lock']))}"
    yield from _barred(rung, around)


def _guest(rung: Rung, around: Standing) -> Iterator[str]:
    """Say why a script would not reach the guest, or not be one for it."""
    action, facts = ACTIONS[rung.do], around.facts
    if action.guest and facts.get("agent") != frozenset({"ready"}):
        yield "it goes through the guest agent, which does not answer"
    if action.os is not None and facts["os"] != frozenset({action.os}):
        yield f"it is for {action.os}"


def _barred(rung: Rung, around: Standing) -> Iterator[str]:
    action = ACTIONS[rung.do]
    for lock in around.machine_locks:
        if action.deletes or (action.writes and lock.level == "ReadOnly"):
            yield f"a {lock.level} lock stands on {lock.scope}"


def _partners(may: Permission, rung: Rung) -> Iterator[str]:
    """Say that a partner cannot stand in for what disrupts, as long as the world lasts."""
    if exceeds(ACTIONS[rung.do].risk, "guest_io"):
        yield from (f"its partner {name} is {why}" for name, why in may.unwell)


def _database(may: Permission, around: Standing) -> Iterator[str]:
    """Say that a database takes no extra backup; an inspection may have found one."""
    seen = around.facts.get("database_host") == frozenset({"yes"})
    if may.scheduled and (may.database or seen):
        yield "a database takes no backup but those of its schedule"


def _backup(policy: Policy, around: Standing) -> Iterator[str]:
    """Say what forbids a backup on demand."""
    if not (policy.on_demand_per_day and policy.on_demand_per_72h):
        yield "no backups on demand are allowed"
    if not (policy.at_once_vault and policy.at_once_subscription):
        yield "no backups on demand may run at once"
    if not policy.backup_hours:
        yield "there are no backup hours"
    yield from (
        f"a ReadOnly lock stands on {lock.scope}"
        for lock in around.vault_locks
        if lock.level == "ReadOnly"
    )
