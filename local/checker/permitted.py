"""No change without permission: each request and each intent against what the policy says. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from local.checker.evidence import Evidence, Intent, Request
from local.checker.permission import Permission
from local.checker.repertoire import ACTIONS, exceeds
from local.checker.together import beside_unwell, disruptive, together
from local.checker.trail import ItemTrail, Record

# What proves a repair and what undoes it is done whenever that may be.
_AT_ANY_TIME = frozenset({"backup", "clean_up", "restore_lock"})
_BACKUPS = frozenset({"backup", "clean_up"})
_BACKUP_RISK = "guest_io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpermitted:
    """Something that was done, or about to be done, and was not allowed."""

    item: str
    reason: str


def unpermitted(evidence: Evidence) -> tuple[Unpermitted, ...]:
    """Return everything that was done without permission, and what was intended without."""
    found = [
        Unpermitted(item=item, reason=reason)
        for item, reason in (
            *_requests(evidence),
            *_intents(evidence),
            *_truth(evidence),
            *together(evidence),
            *beside_unwell(evidence),
            *disruptive(evidence),
        )
    ]
    return tuple(found)


def _requests(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Look at every change that was sent: about a machine by its path, or by its intent."""
    by_place = {_place(item): item for item in evidence.permissions}
    for request in evidence.requests:
        if not request.mutating:
            continue
        intents = evidence.intents.get(request.id, ())
        item = intents[0].item if intents else by_place.get(_asked(request))
        may = evidence.permissions.get(item or "")
        if item is None or may is None:
            continue
        for reason in _untouchable(may):
            yield item, f"{request.method} {request.path}: {reason}"
        mode = _mode(may, request, intents)
        if mode == "observe" and may.touchable:
            yield (
                item,
                f"{request.method} {request.path}: its mode is observe, and it is not promoted",
            )
        if mode == "approve" and not _approved(evidence, request, intents):
            yield item, f"{request.method} {request.path}: nobody has approved it"


def _place(item: str) -> tuple[str, str, str]:
    parts = item.lower().split("/")
    return parts[2], parts[4], parts[8]


def _asked(request: Request) -> tuple[str, str, str]:
    group, name = request.machine or ("", "")
    return request.path.lower().split("/")[2] if request.machine else "", group, name


def _untouchable(may: Permission) -> Iterator[str]:
    if may.excluded:
        yield "the machine is excluded"
    elif not may.touchable:
        yield f"its mode is {may.policy.mode}{f', {may.why}' if may.why else ''}"


def _mode(may: Permission, request: Request, intents: tuple[Intent, ...]) -> str:
    """Return the mode that holds for what was sent: for some actions it may be bolder."""
    if may.promotes and _own_script(request):
        return "auto"
    modes = {may.mode_of(str(intent.record.body["action"])) for intent in intents}
    return modes.pop() if len(modes) == 1 else may.policy.mode


def _own_script(request: Request) -> bool:
    return request.method == "DELETE" and "/runcommands/" in request.path.lower()


def _approved(evidence: Evidence, request: Request, intents: tuple[Intent, ...]) -> bool:
    """Tell whether a person had said yes; to look needs none, nor to take away one's own script."""
    return _own_script(request) or any(
        _looks(intent.record) or _approved_in(evidence.trail_of(intent.item), intent.record)
        for intent in intents
    )


def _looks(record: Record) -> bool:
    action = ACTIONS.get(str(record.body["action"]))
    return action is not None and action.inspects


def _approved_in(trail: ItemTrail | None, intent: Record) -> bool:
    return approved(trail.incidents.get(intent.incident, ()) if trail else (), intent)


def approved(records: Iterable[Record], intent: Record) -> bool:
    """Look for a yes to the intent's rung, given before it in the same incident."""
    earlier = [record for record in records if record.sequence < intent.sequence]
    asked = {
        str(record.body["key"])
        for record in earlier
        if record.type == "ApprovalRequested" and record.body["rung"] == intent.body["rung"]
    }
    return any(
        record.type == "ApprovalAnswered" and record.body["yes"] and record.body["key"] in asked
        for record in earlier
    )


def _intents(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Look at every intent: its risk, whether it was opted into, and the window it was in."""
    for trail in evidence.items:
        item = trail.item.lower()
        may = evidence.permissions.get(item)
        if may is None:
            continue
        begun: set[tuple[str, int]] = set()
        for record in trail.of("StepIntended"):
            attempt = record.incident, int(record.body["step"]["attempt"])
            for reason in _beyond(may, record, begins=attempt not in begun):
                yield item, f"{record.body['action']} at {record.at.isoformat()}: {reason}"
            begun.add(attempt)


def _beyond(may: Permission, record: Record, *, begins: bool) -> Iterator[str]:
    name, step = str(record.body["action"]), str(record.body["step"]["name"])
    action = ACTIONS.get(name)
    if action is None or action.inspects:
        return
    allowed = may.policy.max_risk
    if begins and exceeds(action.risk, allowed):
        yield f"its risk {action.risk} is above {allowed}"
    if step in _BACKUPS and exceeds(_BACKUP_RISK, allowed):
        yield f"a backup's risk {_BACKUP_RISK} is above {allowed}"
    if step in _BACKUPS and may.only_scheduled:
        yield "a database takes no backup but those of its schedule"
    if begins and action.opt_in and name not in may.policy.opt_in:
        yield "it is not opted in"
    timed = may.needs_window(action.risk) and (begins or step not in _AT_ANY_TIME)
    if timed and not may.window_open(action.risk, record.at):
        yield "no maintenance window is open"


def _truth(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Look at what happened to machines that nothing may happen to."""
    for item, may in evidence.permissions.items():
        machine: Mapping[str, object] = evidence.machines.get(item, {})
        changes = machine.get("changed", ())
        if may.touchable or not isinstance(changes, list):
            continue
        for change in changes:
            reason = next(_untouchable(may))
            yield item, f"{change['what']} at {change['time']}: {reason}"
