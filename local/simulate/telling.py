"""A story as lines: for people, and as JSON."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from console.cli import layout
from console.views.ladder import ladder
from local.simulate.story import Story
from local.worlds import World
from remediation.advice import advice
from remediation.bundle import told
from remediation.incident import Incident, Status
from remediation.playbooks.lasting import lasting
from remediation.policy import Policy
from remediation.records import AttemptEnded, Body, IncidentOpened, Record, StepIntended

type Line = dict[str, Any]

_RECOVERED = frozenset({Status.RECOVERED, Status.RECOVERED_DEGRADED})


def beginning(story: Story, policy: Policy, world: World) -> Line:
    """Return what the world is, before anything happens."""
    vm, fault = story.machine.vm, story.machine.fault
    return {
        "type": "World",
        "at": world.start,
        "vm": vm.name,
        "os": vm.os,
        "vault": story.machine.site.vault.name,
        "code": fault.code if fault else None,
        "message": fault.message if fault else None,
        "cured_by": sorted(fault.cured_by) if fault else [],
        "mode": policy.mode.value,
        "max_risk": policy.max_risk.word,
        "opt_in": sorted(policy.opt_in),
    }


def course(story: Story) -> Iterator[Line]:
    """Return what happened, a line a record that tells people something."""
    # An inspection only looks: it has a number, and is no attempt.
    looks = {
        body.step.attempt
        for body in (record.body for record in story.records)
        if isinstance(body, StepIntended) and not body.counts
    }
    for record in story.records:
        text = told(record.body)
        if text:
            yield _line(story, record, _as_look(record.body, text, looks))


def _as_look(body: Body, text: str, looks: AbstractSet[int]) -> str:
    if isinstance(body, AttemptEnded) and body.attempt in looks:
        return text.replace(f"attempt {body.attempt} ", "the look ", 1)
    return text


def _line(story: Story, record: Record, text: str) -> Line:
    body = record.body
    rung = getattr(body, "rung", None)
    line: Line = {
        "type": type(body).__name__,
        "at": record.at,
        "after_seconds": int((record.at - story.began).total_seconds()),
        "vm": story.machine.vm.name,
        "rung": rung + 1 if isinstance(rung, int) else None,
        "action": getattr(body, "action", None),
        "what": text,
    }
    if isinstance(body, IncidentOpened):
        line |= {
            "cause": body.playbook.id,
            "class": body.playbook.cause_class.value,
            "matched_by": body.matched_by,
            "confidence": body.confidence,
        }
    if isinstance(reasons := getattr(body, "reasons", None), tuple):
        line["reasons"] = list(reasons)
    if isinstance(objections := getattr(body, "objections", None), tuple):
        line["reasons"] = [f"{one.guard}: {one.reason}" for one in objections]
    return line


def ending(story: Story) -> Line:
    """Return how it ended: an incident's end, an escalation, a rejection, or still open."""
    incident = story.incident
    line: Line = {"type": "Outcome", "at": story.until, "vm": story.machine.vm.name}
    if incident is None:
        return line | {"status": "rejected", "reason": story.rejected}
    # What came last ended it, or handed it over for good.
    at = story.records[-1].at if story.settled else story.until
    return line | {
        "at": at,
        "after_seconds": int((at - story.began).total_seconds()),
        "status": incident.status.value,
        "reason": _reason(incident),
        "cause": incident.cause,
        "class": incident.playbook.cause_class.value,
        "attempts": sum(one.counts for one in incident.attempts),
        "remedy": incident.playbook.remedy if incident.ending is None else None,
        "advice": _advice(incident),
    }


def _advice(incident: Incident) -> list[str]:
    """Return what people do about what was found; nothing where the backup works again."""
    if incident.status in _RECOVERED:
        return []
    return list(advice({**incident.findings, **incident.inspected}))


def _reason(incident: Incident) -> str:
    if incident.ending is not None:
        return incident.ending.reason
    if incident.escalation is not None:
        return incident.escalation.reason
    return "it is still open: nothing that was to come has ended it"


def page(story: Story, policy: Policy, world: World) -> Iterator[RenderableType]:
    """Return a story for a terminal."""
    begun = beginning(story, policy, world)
    cures = " or ".join(begun["cured_by"]) or "nothing"
    fault = begun["code"] or repr(begun["message"])
    yield layout.text(f"{begun['vm']} ({begun['os']}) in {begun['vault']}", "bold")
    yield layout.text(f"  its backups fail with {fault}; what cures it: {cures}")
    opted = ", ".join(begun["opt_in"]) or "nothing"
    yield layout.text(
        f"  policy: mode {begun['mode']}, risks up to {begun['max_risk']}, opted in: {opted}\n"
    )
    for line in course(story):
        yield from _told(line)
    if story.incident is not None:
        yield layout.text("\nLadder", "bold")
        yield layout.ladder({"ladder": [asdict(r) for r in ladder(story.incident, story.records)]})
    yield from _outcome(ending(story))


def _told(line: Line) -> Iterator[RenderableType]:
    rung = f"rung {line['rung']:>2}" if line["rung"] else " " * 7
    when = f"+{_clock(line['after_seconds'])}"
    yield Text.assemble(
        layout.text(f"{line['at']:%a %d %b %H:%M}Z {when:>8}  ", "dim"),
        layout.text(f"{rung}  ", "dim"),
        layout.text(line["what"]),
    )
    if "cause" in line:
        sure = f"by {line['matched_by']}, confidence {line['confidence']:.2f}"
        yield layout.text(f"{' ' * 36}cause {line['cause']} (class {line['class']}), {sure}")


def _outcome(line: Line) -> Iterator[RenderableType]:
    style = layout.STYLES.get(line["status"], "bold red")
    seconds = line.get("after_seconds", 0)
    after = f" after {lasting(timedelta(seconds=seconds - seconds % 60))}" if seconds >= 60 else ""  # noqa: PLR2004 - a minute
    yield Text.assemble(
        layout.text("\nOutcome: ", "bold"),
        layout.text(f"{line['status'].replace('_', ' ')}{after}", style),
        layout.text(f": {line['reason']}"),
    )
    if line.get("remedy"):
        yield layout.text(f"\nWhat people do\n{line['remedy']}")
    for one in line.get("advice", ()):
        yield layout.text(f"- {one}")


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"
