"""A reported failure as the vault tells it, and what the machine's state adds to it."""

from dataclasses import dataclass, replace
from typing import Self

from remediation.catalogue.classifier import with_state
from remediation.ids import ItemId, ProtectedId, incident_id
from remediation.incident import Baseline, Failure
from remediation.messages import FailureReported, FailureSeen
from remediation.model import Diagnosis
from remediation.picture import Picture
from remediation.playbooks.library import Library
from remediation.views import Gone, Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A reported failure as the vault tells it. ``void``: why it needs no repair."""

    item: ItemId
    protected: ProtectedId
    failure: Failure
    diagnosis: Diagnosis
    baseline: Baseline | None = None
    void: str | None = None
    activity_id: str | None = None

    def informed(self, library: Library, picture: Picture) -> Self:
        """Return it with the machine's state asked where the job itself says nothing."""
        machine = picture.machine
        diagnosis = with_state(
            library,
            self.diagnosis,
            gone=isinstance(machine, Gone),
            provisioning=machine.provisioning if isinstance(machine, Machine) else None,
        )
        return replace(self, diagnosis=diagnosis)

    def event(self, reported: FailureReported) -> FailureSeen:
        """Return what the decision is about."""
        return FailureSeen(
            incident=incident_id(self.item, self.failure.job),
            item=self.item,
            protected=self.protected,
            door=reported.door,
            failure=self.failure,
            diagnosis=self.diagnosis,
            baseline=self.baseline,
            void=self.void,
            by=reported.by,
            because=reported.because,
        )
