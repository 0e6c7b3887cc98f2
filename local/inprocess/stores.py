"""The storage of a run in memory: everything that outlives a worker."""

from dataclasses import dataclass, field

from remediation.rates.port import Brakes
from remediation.storms.port import Storms
from state.memory import (
    MemoryBrakes,
    MemoryClaims,
    MemoryDisruptions,
    MemoryDuties,
    MemoryIncidentIndex,
    MemoryIncidentStore,
    MemoryLedger,
    MemoryMissingRoles,
    MemoryPauses,
    MemoryShelves,
    MemorySlots,
    MemoryStorms,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Everything that outlives a worker."""

    incidents: MemoryIncidentStore = field(default_factory=MemoryIncidentStore)
    index: MemoryIncidentIndex = field(default_factory=MemoryIncidentIndex)
    duties: MemoryDuties = field(default_factory=MemoryDuties)
    slots: MemorySlots = field(default_factory=MemorySlots)
    claims: MemoryClaims = field(default_factory=MemoryClaims)
    disruptions: MemoryDisruptions = field(default_factory=MemoryDisruptions)
    storms: Storms = field(default_factory=MemoryStorms)
    brakes: Brakes = field(default_factory=MemoryBrakes)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    pauses: MemoryPauses = field(default_factory=MemoryPauses)
    roles: MemoryMissingRoles = field(default_factory=MemoryMissingRoles)
    shelves: MemoryShelves = field(default_factory=MemoryShelves)
