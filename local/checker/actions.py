"""G2, G3 and G7: one action at a time, none without its intent, none where none may be. Pure."""

from collections.abc import Iterator
from itertools import pairwise

from local.checker.evidence import Evidence, Intent, Job, Request
from local.checker.findings import Findings, Guarantee, short
from local.checker.trail import ItemTrail, instant

_CONCLUDED = frozenset({"StepDone", "StepWithdrawn"})
# Azurite stamps a row in milliseconds and the simulated Azure in microseconds.
_STAMPS_SECONDS = 0.005


def one_at_a_time(evidence: Evidence) -> Guarantee:
    """G2: no step is intended while another one of the item is under way, nor two backups run."""
    found = Findings("steps and backups of ours, item by item")
    for trail in evidence.items:
        _steps(trail, found)
    started: dict[str, list[Job]] = {}
    for job in evidence.jobs:
        if job.kind == "on_demand":
            started.setdefault(job.item, []).append(job)
    for item, jobs in started.items():
        found.look(len(jobs))
        for before, after in pairwise(sorted(jobs, key=lambda one: one.started)):
            if before.ended is None or after.started < before.ended:
                found.fault(f"{short(item)}: job {after.id} began while {before.id} ran")
    found.look(len(evidence.machines))
    return found.verdict()


def _steps(trail: ItemTrail, found: Findings) -> None:
    """Follow an item's chain: which attempt is under way, and which of its steps."""
    attempt: tuple[str, int] | None = None
    step: str | None = None
    for record in trail.records:
        if record.type == "StepIntended":
            found.look()
            number = record.incident, int(record.body["step"]["attempt"])
            if step is not None:
                found.fault(f"{short(trail.item)}: {record.key} is intended while {step} runs")
            elif attempt is not None and attempt != number:
                found.fault(f"{short(trail.item)}: {record.key} begins while {attempt} runs")
            attempt, step = number, str(record.body["step"]["name"])
        elif record.type in _CONCLUDED or record.type == "ProofLeftToSchedule":
            step = None
        elif record.type in {"AttemptEnded", "IncidentEnded"}:
            attempt, step = None, None


def intent_before_effect(evidence: Evidence) -> Guarantee:
    """G3: every request that changes something has an intent that was committed before it.

    Putting back a lock is covered by its duty, and removing a run command by its creation.
    """
    found = Findings("requests to Azure")
    ours = {
        request.path.lower()
        for request in evidence.requests
        if request.method == "PUT" and request.id in evidence.intents
    }
    duties = {duty.lock for duty in evidence.duties}
    for request in evidence.requests:
        found.look()
        path = request.path.lower()
        covered = (request.method == "PUT" and path in duties) or (
            request.method == "DELETE" and "/runcommands/" in path and path in ours
        )
        if request.mutating and not covered:
            for text in _objections(evidence, request):
                found.fault(f"{request.method} {request.path}: {text}")
    return found.verdict()


def _objections(evidence: Evidence, request: Request) -> Iterator[str]:
    """Say what is wrong with a change; a step may be intended again under its own id."""
    intents = evidence.intents.get(request.id, ())
    if not intents:
        yield f"no intent has the id {request.id or 'that it lacks'}"
        return
    about = request.machine
    intended = [intent for intent in intents if about is None or about == _machine(intent)]
    if not intended:
        yield f"its intent is about {short(intents[0].item)}"
        return
    earlier = [intent for intent in intended if _committed_before(intent, request)]
    if not earlier:
        yield "its intent was committed after it"
    elif all(request.at > instant(one.step["act_before"]) + evidence.slack for one in earlier):
        yield f"it was sent after {earlier[-1].step['act_before']}"


def _committed_before(intent: Intent, request: Request) -> bool:
    """Compare the wall's times where both are known, else the simulated ones."""
    if intent.record.written is not None and request.real:
        return intent.record.written <= request.real + _STAMPS_SECONDS
    return intent.record.at <= request.at


def _machine(intent: Intent) -> tuple[str, str]:
    parts = intent.item.lower().split("/")
    return parts[4], parts[8]


def excluded_untouched(evidence: Evidence) -> Guarantee:
    """G7: no request changes an excluded machine, and the truth shows no change of one."""
    found = Findings("requests and excluded machines")
    shut = {(item.split("/")[4], item.split("/")[8]): item for item in evidence.excluded}
    for request in evidence.requests:
        found.look()
        item = shut.get(request.machine or ("", ""))
        if request.mutating and item is not None:
            found.fault(f"{short(item)}: {request.method} {request.path}")
    for item in evidence.excluded:
        found.look()
        for change in evidence.machines[item]["changed"]:
            found.fault(f"{short(item)}: {change['what']} at {change['time']}")
    return found.verdict()
