"""What is wrong with a scenario that was played: guarantees, rest, stops, and people's noes."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from local.checker.evidence import Evidence, Request
from local.checker.guarantees import verify
from local.checker.repertoire import ACTIONS
from local.checker.trail import ItemTrail, Record
from tests.engine_kit.scenario import HOUR, Scenario
from tests.engine_kit.seeded import Played

# A stop reaches the next change within this time; a worker's clock may be a minute off besides.
STOPS_WITHIN = timedelta(seconds=30)
STOPS = frozenset({"off", "observe"})
# What is done whatever the policy says: a lock goes back, a script of ours is taken away.
_UNDOING = "/providers/microsoft.authorization/locks/"
_SCRIPTS = "/runcommands/"
_ASKED_FOR = frozenset({"restart_vm", "delete_restore_point_collection"})


def judged(scenario: Scenario) -> tuple[Played, list[str]]:
    """Play a scenario to its end; return the run and everything that is wrong with it."""
    run = Played(scenario)
    run.begin()
    settled = run.run_until_settled()
    return run, list(faults_of(run, settled=settled))


def faults_of(run: Played, *, settled: bool) -> Iterator[str]:
    """Say what is wrong with a run."""
    if not settled:
        yield f"rest: it does not come to rest: {[one.status.value for one in run.open]}"
    evidence = run.evidence()
    for name, found in verify(evidence).items():
        if not found.held:
            yield f"{name}: {found.detail}"
    for request in evidence.requests:
        yield from (f"stop: {text}" for text in _stopped(run, evidence, request))
    for trail in evidence.items:
        yield from (f"no: {text}" for text in _denied(trail))
    if run.queue.poison:
        yield f"poison: {run.queue.poison}"


def _stopped(run: Played, evidence: Evidence, request: Request) -> Iterator[str]:
    """Look for a change that was sent though the policy had said stop for long enough."""
    path = request.path.lower()
    undoing = _UNDOING in path or (request.method == "DELETE" and _SCRIPTS in path)
    if not request.mutating or undoing or _looks(evidence, request):
        return
    for begins, ends, what in _stops(run):
        if begins + STOPS_WITHIN + 2 * evidence.skew < request.at < ends - 2 * evidence.skew:
            yield f"{request.method} {request.path} at {request.at} in spite of {what}"


def _stops(run: Played) -> Iterable[tuple[datetime, datetime, str]]:
    spells = (
        (
            run.world.start + one.at * HOUR,
            run.world.start + (one.at + one.hours) * HOUR,
            f"mode {one.what}",
        )
        for one in run.scenario.spells
        if one.what in STOPS and not _overlaid(run.scenario, one.at, one.at + one.hours)
    )
    pauses = (
        (one.at, one.ends, f"the pause of {one.scope}")
        for one in run.stores.pauses.all()
        if one.scope == "*"
    )
    return chain(spells, pauses)


def _overlaid(scenario: Scenario, begins: float, ends: float) -> bool:
    """Whether another spell lies over this one: which document holds is not told apart here."""
    others = [one for one in scenario.spells if one.what not in {"down", "reordered", "shortened"}]
    return sum(one.at < ends and begins < one.at + one.hours for one in others) > 1


def _looks(evidence: Evidence, request: Request) -> bool:
    """Whether it belongs to an inspection, which changes nothing."""
    intents = evidence.intents.get(request.id, ())
    names = [str(one.record.body["action"]) for one in intents]
    return any(name in ACTIONS and ACTIONS[name].inspects for name in names)


def _denied(trail: ItemTrail) -> Iterator[str]:
    """Look for what needs a yes under any policy, and began though the last word was a no."""
    for incident, records in trail.incidents.items():
        no: set[str] = set()
        asked: dict[int, str] = {}
        begun: set[int] = set()
        for record in records:
            match record.type:
                case "ApprovalRequested":
                    asked[int(record.body["rung"])] = str(record.body["key"])
                case "ApprovalAnswered" if not record.body["yes"]:
                    no.add(str(record.body["key"]))
                case "StepIntended" if str(record.body["action"]) in _ASKED_FOR:
                    attempt = int(record.body["step"]["attempt"])
                    if attempt not in begun and asked.get(int(record.body["rung"])) in no:
                        yield f"{incident}: {_named(record)} began after a no"
                    begun.add(attempt)
                case _:
                    pass


def _named(record: Record) -> str:
    return f"{record.body['action']} at {record.at.isoformat()}"
