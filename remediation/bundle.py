"""The evidence bundle: what people get when an incident is handed to them. Pure.

As data (JSON) and as Markdown: timeline, evidence, what was tried and what it changed, what to do
next, Microsoft's article. Every text is bounded; a text from outside is quoted, never interpreted.
"""

import shlex
from collections.abc import Iterable, Mapping
from datetime import datetime

from remediation.advice import advice
from remediation.approval import Approval
from remediation.duties import Duty
from remediation.incident import AttemptResult, Incident, Notice, NoticeKind
from remediation.links.link import NO_LINKS, About, Links
from remediation.moments import shortened
from remediation.ports import Notification
from remediation.records import (
    ApprovalAnswered,
    ApprovalRequested,
    AttemptEnded,
    Body,
    CauseChanged,
    Escalated,
    EvidenceCollected,
    FailureAttached,
    Held,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    IncidentRetriggered,
    ProofLeftToSchedule,
    Record,
    RungPassed,
    RungSkipped,
    StepDone,
    StepIntended,
    StepSent,
    StepUncertain,
    StepWithdrawn,
    WaitBegan,
    WakeCommitted,
)
from remediation.redact import redact

TYPES: Mapping[NoticeKind, str] = {
    NoticeKind.ESCALATED: "BackupRemediator.IncidentEscalated.v1",
    NoticeKind.REMINDER: "BackupRemediator.IncidentReminder.v1",
    NoticeKind.APPROVAL: "BackupRemediator.ApprovalRequested.v1",
    NoticeKind.RESOLVED: "BackupRemediator.IncidentResolved.v1",
    NoticeKind.FINDING: "BackupRemediator.Finding.v1",
}
LONGEST = 2000
FIRST_LINES, NEWEST_LINES = 10, 60
PORTAL = "https://portal.azure.com/#resource"


def notification(
    incident: Incident, notice: Notice, records: Iterable[Record], links: Links = NO_LINKS
) -> Notification:
    """Return the notice with its bundle, ready for a channel; its key is the dedup key.

    Its link is made anew each time and kept nowhere.
    """
    found = {**bundle(incident, notice, records), "page": _page(incident, notice, links)}
    return Notification(
        key=notice.key,
        type=TYPES[notice.kind],
        subject=incident.item.shown,
        at=notice.at,
        data={**found, "markdown": markdown(found)},
    )


def _page(incident: Incident, notice: Notice, links: Links) -> dict[str, object] | None:
    """Return the link to the incident's page; None where the console has no address."""
    asked = incident.approval
    mine = asked is not None and asked.key == notice.key
    until = asked.until if asked is not None and mine else notice.at + links.lasts
    begun = sum(one.acted_at <= notice.at for one in incident.attempts)
    about = About(notice=notice.key, attempt=begun, until=until)
    url = links.made(incident.id, about)
    if url is None:
        return None
    signed = links.key is not None
    return {"url": url, "signed": signed, "until": until.isoformat() if signed else None}


def lock_away(duty: Duty, key: str, reason: str, now: datetime) -> Notification:
    """Return the escalation of a lock that is past its time and could not be put back."""
    lock = duty.lock
    data: dict[str, object] = {
        "key": key,
        "kind": NoticeKind.ESCALATED.value,
        "reason": _bounded(reason),
        "lock": {
            "id": lock.key,
            "level": lock.level,
            "notes": lock.notes,
            "owners": list(lock.owners),
        },
        "restore_by": duty.restore_by.isoformat(),
        "waiting": [f"{one.incident}, attempt {one.attempt}" for one in duty.holders],
        "next": {
            "remedy": f"Create the {lock.level} lock {lock.name} on {lock.scope} again.",
            "portal": f"{PORTAL}{lock.scope}/locks",
        },
    }
    kind = TYPES[NoticeKind.ESCALATED]
    return Notification(key=key, type=kind, subject=lock.key, at=now, data=data)


def bundle(incident: Incident, notice: Notice, records: Iterable[Record]) -> dict[str, object]:
    """Return the bundle as plain data."""
    return {
        "key": notice.key,
        "kind": notice.kind.value,
        "incident": incident.id,
        "item": incident.item.shown,
        "vault": incident.protected.vault.shown,
        "status": incident.status.value,
        "cause": incident.cause,
        "title": incident.playbook.title,
        "code": incident.code,
        "number": incident.number,
        "message": _bounded(incident.message or ""),
        "reason": _bounded(notice.reason),
        "opened_at": incident.opened_at.isoformat(),
        "act_by": incident.act_by.isoformat() if incident.act_by else None,
        "failures": incident.failures_seen,
        "evidence": {name: _bounded(text) for name, text in sorted(incident.findings.items())},
        "tried": [
            {
                "attempt": one.number,
                "action": one.action,
                "at": one.acted_at.isoformat(),
                "result": one.result.value if one.result else "under way",
                "detail": _bounded(one.detail or ""),
                "undo": _bounded(one.undo or ""),
            }
            for one in incident.attempts
            if one.counts
        ],
        "timeline": _timeline(records),
        "next": {
            "remedy": incident.playbook.remedy,
            "advice": list(advice({**incident.findings, **incident.inspected})),
            "command": _command(incident, notice),
            "portal": f"{PORTAL}{incident.item.shown}",
            "articles": list(incident.playbook.references),
        },
    }


def approving(incident: str, asked: Approval) -> str:
    """Return the command that says yes to this request of an incident, and to no other."""
    words = ("remediator", "approve", incident, "--key", asked.key, "--action", asked.action)
    return f"{shlex.join(words)} --reason '...'"


def _command(incident: Incident, notice: Notice) -> str:
    asked = incident.approval if incident.open else None
    # A notice may go out late: of a request that is over, only the look is still of use.
    if asked is not None and asked.key == notice.key and asked.missing and not asked.denied:
        return approving(incident.id, asked)
    return f"remediator retrigger --incident {incident.id} --reason '...' --dry-run"


def _timeline(records: Iterable[Record]) -> list[dict[str, str]]:
    """Return the first lines and the newest: an event of a topic may be 1 MB, not more."""
    lines = [
        {"at": record.at.isoformat(), "what": _bounded(text)}
        for record in records
        if (text := told(record.body))
    ]
    left_out = len(lines) - FIRST_LINES - NEWEST_LINES
    if left_out <= 0:
        return lines
    between = {"at": lines[FIRST_LINES]["at"], "what": f"({left_out} more lines in the audit)"}
    return [*lines[:FIRST_LINES], between, *lines[-NEWEST_LINES:]]


def told(body: Body) -> str:
    """Return a record as one sentence for people; empty for records that only serve the machine."""
    return shortened(_told(body))


def _told(body: Body) -> str:  # noqa: C901, PLR0912 - one sentence a record
    match body:
        case IncidentOpened(failure=failure, playbook=playbook, by=by, because=because):
            asked = f", asked by {by}: {because}" if by else ""
            what = f"job {failure.job.job} failed with {failure.code}: {playbook.title}"
            return f"opened: {what}{asked}"
        case IncidentReopened(failure=failure, rung=rung):
            return f"re-opened at rung {rung + 1}: job {failure.job.job} failed the same way"
        case FailureAttached(failure=failure):
            whose = "our backup" if failure.by_us else "job"
            return f"{whose} {failure.job.job} failed with {failure.code}"
        case CauseChanged(playbook=playbook):
            return f"the cause is now: {playbook.title}"
        case RungSkipped(action=action, reasons=reasons):
            return f"{action} skipped: {'; '.join(reasons)}"
        case RungPassed(action=action, detail=detail):
            return f"{action} is behind us: {detail}"
        case WaitBegan(action=action, until=until, reason=reason):
            return f"{action} until {until.isoformat()}: {reason}"
        case Held(action=action, objections=objections, until=until):
            reasons = tuple(f"{one.guard}: {one.reason}" for one in objections)
            return f"{action} held until {until.isoformat()}: {'; '.join(reasons)}"
        case ApprovalRequested(action=action, until=until, needed=needed):
            people = "a person" if needed == 1 else f"{needed} different people"
            return f"{action} waits until {until.isoformat()} for the yes of {people}"
        case ApprovalAnswered(by=by, reason=reason, yes=yes):
            return f"{'approved' if yes else 'denied'} by {by}: {reason}"
        case StepIntended(action=action, counts=False):
            return f"{action} is sent: a look, on no budget"
        case StepIntended(action=action, step=step):
            return f"attempt {step.attempt}, {action}: {step.name} is sent"
        case StepSent(step=name, detail=detail):
            return f"{name} was taken by Azure{': ' if detail else ''}{detail}"
        case StepUncertain(step=name, reason=reason):
            return f"{name} may or may not have happened: {reason}"
        case StepWithdrawn(step=name, reason=reason):
            return f"{name} was not taken, nothing changed: {reason}"
        case StepDone(step=name, detail=detail, undo=undo):
            taken_back = f"; to undo it: {undo}" if undo else ""
            return f"{name} took effect{': ' if detail else ''}{detail}{taken_back}"
        case ProofLeftToSchedule(reasons=reasons):
            return f"the next scheduled backup is the proof: {'; '.join(reasons)}"
        case EvidenceCollected(facts=facts) if facts:
            said = ", ".join(f"{name}: {value}" for name, value in sorted(facts.items()))
            return f"found out: {said}"
        case AttemptEnded(result=AttemptResult.DONE, detail=detail):
            return f"the look is over: {detail}"
        case AttemptEnded(attempt=number, result=result, detail=detail):
            return f"attempt {number} {result.value}: {detail}"
        case Escalated(reason=reason):
            return f"handed to people: {reason}"
        case IncidentRetriggered(by=by, reason=reason):
            return f"re-triggered by {by}: {reason}"
        case WakeCommitted(by=str(by), because=because):
            return f"{by} asked for a look: {because}"
        case IncidentEnded(status=status, reason=reason, by=str(by)):
            return f"{status.value} by {by}: {reason}"
        case IncidentEnded(status=status, reason=reason):
            return f"{status.value}: {reason}"
        case _:
            return ""


def markdown(found: Mapping[str, object]) -> str:
    """Return the bundle for a ticket or a chat."""
    lines = [
        f"# {_quoted(found['title'])}",
        "",
        f"**{_quoted(found['item'])}** in vault {_quoted(found['vault'])}",
        "",
        _quoted(found["reason"]),
        "",
        f"Code {_quoted(found['code'])} ({_quoted(found['number'])}): {_quoted(found['message'])}",
        "",
        "## What to do next",
        "",
    ]
    following = found["next"]
    if isinstance(following, Mapping):
        lines += [str(following["remedy"]), ""]
        lines += [f"- {_quoted(one)}" for one in following["advice"]]
        lines += ["", f"    {following['command']}", ""]
        page = found.get("page")
        lines += [f"- <{page['url']}>"] if isinstance(page, Mapping) else []
        lines += [f"- <{link}>" for link in (following["portal"], *following["articles"])]
    for title, name, row in (
        ("What was tried", "tried", "{at}: {action}: {result} {detail} {undo}"),
        ("Timeline", "timeline", "{at}: {what}"),
    ):
        rows = found[name]
        lines += ["", f"## {title}", ""]
        if isinstance(rows, list):
            lines += [f"- {_quoted(shortened(row.format(**one)))}" for one in rows] or ["- nothing"]
    lines += ["", "## Evidence", ""]
    evidence = found["evidence"]
    if isinstance(evidence, Mapping):
        lines += [f"- {_quoted(name)}: {_quoted(text)}" for name, text in evidence.items()]
    return "\n".join(lines) + "\n"


def _bounded(text: str) -> str:
    clean = shortened(redact(text))
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 1] + "…"


def _quoted(value: object) -> str:
    """Return a text from outside so that no Markdown or HTML in it is alive."""
    text = str(value).replace("\r", " ").replace("\n", " ")
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text
