"""The tally: a failure becomes a row to be counted, before anything about its cause is read."""

from dataclasses import dataclass

from remediation.catalogue.symptoms import symptoms_of
from remediation.catalogue.verdict import Verdict
from remediation.ids import ItemId
from remediation.messages import PointMissed
from remediation.permits import Counted, Permits
from remediation.playbooks.library import Library
from remediation.ports import Clock
from remediation.recovery import good
from remediation.storms.scopes import FailureRow
from remediation.views import Job, VaultSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts failures; ``limit``: how many items failing together are a storm, 0 is off."""

    permits: Permits
    library: Library
    limit: int
    clock: Clock

    def count(self, snapshot: VaultSnapshot, job: Job, item: ItemId, meaning: Verdict) -> Counted:
        """Count a failed job, unless it needs no repair: cancelled, or followed by a good one."""
        jobs = snapshot.jobs_of(job.machine)
        followed = any(good(one) and one.started > job.started for one in jobs)
        if meaning is Verdict.CANCELLED or followed:
            return Counted()
        protected = snapshot.protected(item)
        symptoms = symptoms_of(self.library, job)
        # A look into a table in memory; what takes a read, or a reading of texts, comes later.
        entry = self.library.by_code(symptoms.code) if symptoms.code else None
        row = FailureRow(
            at=self.clock.now(),
            item=item,
            vault=job.key.vault,
            policy=protected.policy if protected else None,
            cause=entry.playbook.id if entry is not None and not entry.generic else None,
            code=symptoms.code,
        )
        return self.permits.count(row, self.limit)

    def missed(self, missed: PointMissed) -> Counted:
        """Count an item past its objective though no job failed: schedules stop together, too."""
        row = FailureRow(
            at=self.clock.now(),
            item=missed.item,
            vault=missed.protected.vault,
            cause=self.library.objective_missed.id,
        )
        return self.permits.count(row, self.limit)
