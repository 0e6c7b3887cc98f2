"""Re-trigger: a named person has an item taken up again, with a reason. No way round a guard.

A dry run decides on everything as it stands, and commits and sends nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from remediation.bundle import told
from remediation.catalogue.verdict import Verdict, verdict
from remediation.ids import ItemId, JobKey
from remediation.incident import Door
from remediation.messages import FailureReported, Perform, Retriggered
from remediation.reception import Reception
from remediation.views import Job, Unreadable, VaultSnapshot

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
        picture = engine.eyes.anew(incident, engine.clock.now())
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

    def _unknown(self, request: Request) -> Answer:
        """No incident is open: the named job, or the item's newest failed one, is reported."""
        job = request.job or self._newest_failure(request.item)
        if job is None:
            return Answer(
                taken=False, reason="no incident is open, and no vault lists a failed job"
            )
        reported = FailureReported(
            job=job, door=Door.MANUAL, item=request.item, by=request.by, because=request.reason
        )
        if request.dry_run:
            decision = self.reception.preview(reported)
            if isinstance(decision, str):
                return Answer(taken=False, reason=decision)
            identity = decision.records[0].incident if decision.records else ""
            return _answer("dry run: nothing was changed", identity, decision)
        receipt = self.reception.report(reported)
        return Answer(
            taken=receipt.incident is not None,
            reason=receipt.detail or "reported",
            incident=receipt.incident,
        )

    def _newest_failure(self, item: ItemId) -> JobKey | None:
        """Find the item's newest job in the vaults of its subscription, if that one failed."""
        engine = self.reception.engine
        vaults = engine.tools.backups.vaults(item.subscription)
        if isinstance(vaults, Unreadable):
            return None
        machine = (item.group.lower(), item.name.lower())
        ended: list[Job] = []
        for vault in vaults:
            snapshot = engine.eyes.vault(vault, engine.clock.now())
            if isinstance(snapshot, VaultSnapshot):
                ended += [job for job in snapshot.jobs_of(machine) if not job.running]
        newest = max(ended, key=lambda job: job.started, default=None)
        failed = newest is not None and verdict(newest) is Verdict.FAILED
        return newest.key if newest is not None and failed else None


def _answer(reason: str, incident: str, decision: "Decision") -> Answer:
    acts = [one.action for one in decision.commands if isinstance(one, Perform)]
    return Answer(
        taken=True,
        reason=reason,
        incident=incident,
        would=tuple(text for record in decision.records if (text := told(record.body))),
        acts=acts[0] if acts else None,
    )
