"""Re-trigger: a named person has an item taken up again, with a reason. No way round a guard.

A dry run decides on everything as it stands, and commits and sends nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from remediation.bundle import told
from remediation.ids import ItemId, JobKey
from remediation.incident import Door, Incident
from remediation.messages import FailureReported, Perform, Retriggered
from remediation.picture import Picture
from remediation.reception import Reception
from remediation.views import VaultSnapshot

if TYPE_CHECKING:
    from remediation.messages import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who wants what taken up again: an item (with its incident, if one is open) or a job."""

    item: ItemId
    by: str
    reason: str
    job: JobKey | None = None
    incident: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was done, or would be. ``taken`` is False where nothing could be; ``reason`` says why.

    ``would`` are the decision's records as sentences, ``acts`` the step that runs (or would).
    """

    taken: bool
    reason: str
    incident: str | None = None
    would: tuple[str, ...] = ()
    acts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrigger:
    """Carries out what a person asks for."""

    reception: Reception

    def ask(self, request: Request) -> Answer:
        """Take the item up again, or say why not."""
        engine = self.reception.engine
        loaded = engine.store.load(request.item)
        incident = loaded.incident
        if incident is None:
            return self._unknown(request)
        if request.incident is not None and incident.id != request.incident:
            return Answer(taken=False, reason="the incident has ended", incident=request.incident)
        if incident.step is not None or incident.attempt is not None:
            reason = "an attempt is under way: its end is waited for"
            return Answer(taken=False, reason=reason, incident=incident.id)
        event = Retriggered(by=request.by, reason=request.reason)
        picture = self._picture(incident)
        if request.dry_run:
            decision = engine.preview(loaded, event, picture)
            return _answer("dry run: nothing was changed", incident.id, decision)
        settled = engine.settle(loaded, event, picture)
        if settled is None:
            reason = "the incident changed this moment: ask again"
            return Answer(taken=False, reason=reason, incident=incident.id)
        records = engine.store.records(request.item, incident.id)
        news = tuple(text for record in records[incident.records :] if (text := told(record.body)))
        return Answer(taken=True, reason="taken up again", incident=incident.id, would=news)

    def _picture(self, incident: Incident) -> Picture:
        engine = self.reception.engine
        snapshot = engine.eyes.vault(incident.protected.vault, engine.clock.now())
        points = engine.tools.backups.points(incident.protected)
        return engine.eyes.whole(incident.item, Picture(snapshot=snapshot, points=points))

    def _unknown(self, request: Request) -> Answer:
        """No incident is open: a failed job must be named, or be the item's newest."""
        if request.job is None:
            return Answer(taken=False, reason="no incident is open for the item; name a failed job")
        if request.dry_run:
            reason = (
                "dry run: the job would be reported as a failure, and judged as the vault has it"
            )
            return Answer(taken=True, reason=reason)
        receipt = self.reception.report(
            FailureReported(job=request.job, door=Door.MANUAL, item=request.item)
        )
        taken = receipt.incident is not None
        return Answer(
            taken=taken,
            reason=receipt.detail or "reported",
            incident=receipt.incident,
            would=(f"asked by {request.by}: {request.reason}",),
        )


def newest_failure(snapshot: VaultSnapshot, item: ItemId) -> JobKey | None:
    """Return the item's newest ended job that was not completed."""
    machine = (item.group.lower(), item.name.lower())
    ended = [job for job in snapshot.jobs_of(machine) if not job.running]
    return ended[-1].key if ended and ended[-1].errors else None


def _answer(reason: str, incident: str, decision: "Decision") -> Answer:
    acts = [one.action for one in decision.commands if isinstance(one, Perform)]
    return Answer(
        taken=True,
        reason=reason,
        incident=incident,
        would=tuple(text for record in decision.records if (text := told(record.body))),
        acts=acts[0] if acts else None,
    )
