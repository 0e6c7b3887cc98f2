"""The state machine as a picture: ``python -m tests.remediation.core.diagram`` writes the page.

Nothing here is drawn by hand. Every pair of a situation and an event is decided; what status the
incident had before and has after is a transition, and its label is what happened.
"""

from collections.abc import Callable, Iterator
from copy import copy
from functools import cache
from pathlib import Path

from remediation.incident import Incident, Phase
from remediation.messages import (
    Absent,
    Done,
    Failed,
    Finding,
    Outcome,
    Refused,
    Running,
    Succeeded,
    Transient,
    Unknown,
)
from remediation.model import CauseClass, Rung
from remediation.records import Escalated
from remediation.views import Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    a_diagnosis,
    a_failure,
    a_failure_seen,
    a_good_job,
    a_job,
    a_picture,
    a_playbook,
    a_point,
    a_policy,
    a_recovered_picture,
)
from tests.remediation.core.story import Story

PAGE = Path(__file__).parents[3] / "docs/states.md"
START, END = "[*]", "[*]"

HEAD = """\
# States of an incident

What people see as an incident's status, and what leads from one to the next. Written by
`python -m tests.remediation.core.diagram`: every situation is decided with every event, and what
came out is drawn; a test holds the page to the code.

"""

type Event = Callable[[Story], object]


def later_failure(story: Story, *, same: bool) -> object:
    """Another job fails, of the same cause or of another."""
    cause = story.open.cause if same else f"not-{story.open.cause}"
    story.waits(MINUTE)
    job = f"job-{story.open.failures_seen + 1}"
    failure = a_failure(job, started=story.now - MINUTE, ended=story.now)
    playbook = a_playbook("reapply_vm", id=cause)
    event = a_failure_seen(failure=failure, diagnosis=a_diagnosis(playbook))
    return story.fails(event)


def recovers(story: Story, **point: int) -> object:
    """A later job completed, and its point is listed."""
    began = story.open.last_failure_ended + 10 * MINUTE
    jobs = (a_job(), a_good_job(started=began))
    return story.wakes(a_picture(*jobs, points=(a_point(began + MINUTE, **point),)))


def answered(outcome: Outcome) -> Event:
    """Azure answers to the step in flight."""
    return lambda story: story.hears(outcome)


def found(finding: Finding) -> Event:
    """The step in flight is looked at."""
    return lambda story: story.sees(finding)


EVENTS: dict[str, Event] = {
    "a valid recovery point": recovers,
    "a weaker recovery point": lambda story: recovers(story, disks=1),
    "another failure, same cause": lambda story: later_failure(story, same=True),
    "another failure, other cause": lambda story: later_failure(story, same=False),
}
REST_EVENTS: dict[str, Event] = {
    "excluded by its owner": lambda story: story.wakes(
        a_picture(tags={"backup-remediation": "off"})
    ),
    "the wake-up is due": lambda story: story.wakes(),
    "guards object": lambda story: story.wakes(a_picture(tags=Unreadable(reason="timeout"))),
    "a person asks again": lambda story: story.is_asked_again(),
}
STEP_EVENTS: dict[str, Event] = {
    "Azure took the step": answered(Succeeded(handle="op")),
    "the step took effect": answered(Succeeded(done=True)),
    "no answer": answered(Unknown(reason="reset")),
    "not now": answered(Transient(reason="429")),
    "refused": answered(Refused(reason="403")),
    "no backup allowed today": answered(Refused(reason="no", code="CloudDosAbsoluteLimitReached")),
    "seen running": found(Running()),
    "seen done": found(Done()),
    "seen failed": found(Failed(reason="failed")),
    "found nowhere": found(Absent()),
}
LADDERS = (
    a_playbook("retry_backup", "reapply_vm"),
    a_playbook(Rung(do="restart_agent", wait=HOUR), "retry_backup"),
    a_playbook("wait_for_schedule", "retry_backup"),
    a_playbook("wait_for_running_job", "restart_vm"),
    a_playbook("collect_evidence", cause_class=CauseClass.PEOPLE),
)
OPENINGS: dict[str, Event] = {
    "a failure": lambda story: story.fails(),
    "guards object": lambda story: story.fails(picture=a_picture(tags=Unreadable(reason="429"))),
    "a person cancelled the job": lambda story: story.fails(a_failure_seen(void="cancelled")),
    "excluded by its owner": lambda story: story.fails(
        picture=a_picture(tags={"backup-remediation": "off"})
    ),
    "followed by a valid point": lambda story: story.fails(picture=a_recovered_picture()),
}
DEPTH = 5


def standing(incident: Incident | None) -> str:
    """The name of the state: the status, and whether an escalated ladder goes on."""
    if incident is None:
        return START
    on = incident.escalation is not None and incident.phase is not Phase.RESTING
    return f"{incident.status.value}_ladder_goes_on" if on and incident.open else incident.status


@cache
def explored() -> tuple[tuple[str, str, str], ...]:
    """Every transition that can be reached, with its label."""
    return tuple(explore())


def explore() -> Iterator[tuple[str, str, str]]:
    """Yield (status before, event, status after) of every situation that can be reached."""
    reached: set[tuple[object, ...]] = set()
    frontier: list[Story] = []
    for policy in (a_policy(), a_policy(objective=26 * HOUR, on_demand_per_day=0)):
        for label, opening in OPENINGS.items():
            story = Story(policy=policy)
            opening(story)
            yield START, label, standing(story.incident)
        for playbook in LADDERS:
            story = Story(policy=policy)
            story.fails(a_failure_seen(playbook), a_picture(a_job()))
            yield START, reason(Story(), story) or "a failure", standing(story.incident)
            frontier.append(story)
    for _ in range(DEPTH):
        following: list[Story] = []
        for story in frontier:
            for label, after in told(story):
                yield standing(story.incident), label, standing(after.incident)
                if situation(after) not in reached:
                    reached.add(situation(after))
                    following.append(after)
        frontier = following


def told(story: Story) -> Iterator[tuple[str, Story]]:
    """Tell a story one event further, each event on a copy."""
    incident = story.open
    if not incident.open:
        again = copy(story)
        again.records = list(story.records)
        again.now = NIGHT + DAY + HOUR
        failure = a_failure("job-again", started=again.now - HOUR, ended=again.now)
        again.fails(a_failure_seen(incident.playbook, failure))
        if incident.reopened == 0 and incident.status != "closed":
            late = reason(story, again)
            yield late or "the same cause in probation", again
        return
    events = EVENTS | (REST_EVENTS if incident.step is None else STEP_EVENTS)
    for label, event in events.items():
        after = copy(story)
        after.records = list(story.records)
        event(after)
        yield reason(story, after) or label, after


def reason(before: Story, after: Story) -> str | None:
    """Return the deadline where it, and not the event, made the difference."""
    news = [one.body for one in after.records[len(before.records) :]]
    late = any(isinstance(one, Escalated) and one.ladder_goes_on for one in news)
    return "the next step lies after the deadline" if late else None


def situation(story: Story) -> tuple[object, ...]:
    """What tells one situation from another, times and numbers apart."""
    incident = story.open
    step = incident.step
    return (
        standing(incident),
        incident.phase,
        incident.playbook.digest,
        tuple(rung.do for rung in incident.playbook.ladder),
        incident.rung,
        step and (step.name, step.state),
        incident.attempt is not None,
        incident.judged_by_schedule,
        incident.settle_until is not None,
        story.policy.on_demand_per_day,
    )


def diagram() -> str:
    """The page."""
    transitions: dict[tuple[str, str], list[str]] = {}
    for before, label, after in explored():
        if before == after:
            continue
        labels = transitions.setdefault((before, after), [])
        if label not in labels:
            labels.append(label)
    lines = [
        f"    {before} --> {after}: {', '.join(sorted(labels))}"
        for (before, after), labels in sorted(transitions.items())
    ]
    ends = sorted({after for _, after in transitions if final(after)})
    lines += [f"    {end} --> {END}" for end in ends]
    table = [
        f"| {name(before)} | {name(after)} | {', '.join(sorted(labels))} |"
        for (before, after), labels in sorted(transitions.items())
    ]
    return "\n".join(
        [
            HEAD + "```mermaid",
            "stateDiagram-v2",
            *lines,
            "```",
            "",
            "| from | to | when |",
            "|---|---|---|",
            *table,
            "",
        ]
    )


def final(status: str) -> bool:
    """Whether the incident has ended there."""
    return status in {"recovered", "recovered_degraded", "closed"}


def name(status: str) -> str:
    """The state in words."""
    return "(nothing open)" if status == START else status.replace("_", " ")


if __name__ == "__main__":
    PAGE.write_text(diagram(), encoding="utf-8")
