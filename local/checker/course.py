"""G4, G5 and G6: budgets and ladders, state as the fold, people told. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import timedelta

from local.checker.evidence import Evidence
from local.checker.findings import Findings, Guarantee, short
from local.checker.fold import State, fold, stored
from local.checker.permitted import approved
from local.checker.playbooks import Shelf, shelf
from local.checker.repertoire import ACTIONS
from local.checker.trail import Record

_DAY = timedelta(days=1)
# A backup is counted when it is intended and begins a little later, so a day may look shorter.
_LATE = timedelta(minutes=5)


def within_bounds(evidence: Evidence) -> Guarantee:
    """G4: attempts keep to ladder and budget, and nobody is forgotten."""
    found = Findings("incidents")
    for trail in evidence.items:
        for incident, records in trail.incidents.items():
            found.look()
            name = f"{short(trail.item)}/{incident}"
            for text in _attempts(records, evidence.policy_of(trail.item).attempts):
                found.fault(f"{name}: {text}")
            for text in (*_rungs(records, shelf()), *_allowed(evidence, trail.item, records)):
                found.fault(f"{name}: {text}")
            state = fold(records)
            if state.ending is None and not state.escalated and state.wake is None:
                found.fault(f"{name}: it is {state.status} and nothing will wake it")
    for text in _on_demand(evidence):
        found.fault(text)
    return found.verdict()


def _attempts(records: Sequence[Record], budget: int) -> Iterator[str]:
    """Count the attempts of each round.

    One that Azure refused, or that lacked a role, has changed nothing, and an inspection is none on
    the budget.
    """
    rounds: dict[int, int] = {}
    results: dict[int, str] = {}
    now = 1
    for record in records:
        match record.type:
            case "IncidentRetriggered":
                now += 1
            case "StepIntended" if record.body.get("counts", True):
                rounds.setdefault(int(record.body["step"]["attempt"]), now)
            case "AttemptEnded":
                results[int(record.body["attempt"])] = str(record.body["result"])
            case _:
                pass
    free = {"refused", "blocked"}
    spent = Counter(at for number, at in rounds.items() if results.get(number) not in free)
    for at, count in spent.items():
        if count > budget:
            yield f"{count} attempts in round {at}, {budget} are allowed"


def _rungs(records: Sequence[Record], books: Shelf) -> Iterator[str]:
    """Compare each intended step with the ladder of its cause, as recorded and as shipped."""
    playbook: dict[str, object] = {}
    for record in records:
        if record.type in {"IncidentOpened", "CauseChanged"}:
            playbook = record.body["playbook"]
        if record.type != "StepIntended":
            continue
        action, cause, rung = record.body["action"], record.body["cause"], record.body["rung"]
        ladder = playbook.get("ladder")
        rows = ladder if isinstance(ladder, list) else []
        if playbook.get("id") != cause or rung >= len(rows) or rows[rung]["do"] != action:
            yield f"{action} is not rung {rung} of {cause}"
        shipped = books.playbooks.get(str(cause))
        if shipped is None:
            continue
        same = [one for one in shipped.ladder if one.do == action]
        if not same:
            yield f"{action} is not on the shipped ladder of {cause}"
        elif all("approval" in one.needs for one in same) and not approved(records, record):
            yield f"{action} needs an approval"


def _allowed(evidence: Evidence, item: str, records: Sequence[Record]) -> Iterator[str]:
    """Look at each intended step: what it is counted as, and whether it may run on this machine."""
    machine = evidence.machines.get(item.lower(), {})
    for record in records:
        if record.type != "StepIntended":
            continue
        name = str(record.body["action"])
        action = ACTIONS.get(name)
        if action is None:
            yield f"{name} is no action"
            continue
        if bool(record.body.get("counts", True)) is not action.acts:
            yield f"{name} is {'not ' if action.acts else ''}counted as an attempt"
        if action.inspects and record.body["step"]["name"] != name:
            yield f"{name} is followed by {record.body['step']['name']}"
        if action.opt_in and name not in evidence.policy_of(item).opt_in:
            yield f"{name} is not opted in"
        if action.os is not None and machine.get("os", action.os) != action.os:
            yield f"{name} is for {action.os}, the machine runs {machine.get('os')}"


def _on_demand(evidence: Evidence) -> Iterator[str]:
    """Count the backups that began within a day, and within three."""
    for item in evidence.machines:
        policy = evidence.policy_of(item)
        times = sorted(
            job.started for job in evidence.jobs if job.item == item and job.kind == "on_demand"
        )
        for days, limit in ((1, policy.on_demand_per_day), (3, policy.on_demand_per_72h)):
            span = days * _DAY - _LATE - evidence.slack
            most = max((sum(at <= one < at + span for one in times) for at in times), default=0)
            if most > limit:
                yield f"{short(item)}: {most} backups on demand in {days} days, {limit} allowed"


def state_is_fold(evidence: Evidence) -> Guarantee:
    """G5: each stored head equals what its records lead to."""
    found = Findings("heads of incidents")
    for trail in evidence.items:
        heads = {head.incident: head for head in trail.heads}
        for incident, records in trail.incidents.items():
            found.look()
            name = f"{short(trail.item)}/{incident}"
            head = heads.pop(incident, None)
            if head is None:
                found.fault(f"{name}: it has records and no head")
                continue
            folded = fold(records)
            for text in _differences(folded, stored(head.state)):
                found.fault(f"{name}: {text}")
            if head.status != folded.status:
                found.fault(f"{name}: status {head.status}, by the records {folded.status}")
            if head.open == (folded.ending is not None):
                found.fault(f"{name}: its head is {'open' if head.open else 'closed'}")
        for incident in heads:
            found.fault(f"{short(trail.item)}/{incident}: it has a head and no records")
    return found.verdict()


def _differences(folded: State, kept: State) -> Iterator[str]:
    for one in fields(State):
        by_records, in_head = getattr(folded, one.name), getattr(kept, one.name)
        if by_records != in_head:
            yield f"{one.name} is {in_head}, by the records {by_records}"


def people_told(evidence: Evidence) -> Guarantee:
    """G6: each escalation was taken by a channel and arrived, or stands open with an alarm."""
    found = Findings("incidents")
    for trail in evidence.items:
        for incident, records in trail.incidents.items():
            found.look()
            for text in _escalations(evidence, incident, records):
                found.fault(f"{short(trail.item)}/{incident}: {text}")
    return found.verdict()


def _escalations(evidence: Evidence, incident: str, records: Sequence[Record]) -> Iterator[str]:
    told = False
    sent = {str(record.body["key"]) for record in records if record.type == "NoticeSent"}
    for place, record in enumerate(records):
        if record.type in {"IncidentReopened", "IncidentRetriggered"}:
            told = False
        if record.type != "Escalated" or told:
            continue
        told = True
        key = _notice(records[place + 1 :])
        open_with_alarm = fold(records).escalated and any(
            incident in text for text in evidence.alarms
        )
        if key is None:
            yield "it was escalated and nobody was to be told"
        elif key not in sent and not open_with_alarm:
            yield f"no channel took the notice {key}"
        elif key in sent and not _arrived(evidence, incident):
            yield f"the notice {key} arrived nowhere"


def _notice(following: Sequence[Record]) -> str | None:
    return next(
        (
            str(record.body["key"])
            for record in following
            if record.type == "NoticeQueued" and record.body["kind"] == "escalated"
        ),
        None,
    )


def _arrived(evidence: Evidence, incident: str) -> bool:
    return evidence.notices is None or any(incident in text for text in evidence.notices)
