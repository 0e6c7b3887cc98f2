"""Every port of storage in memory: the reference implementation, and the fake of the tests."""

from state.memory.anchors import MemoryAnchors as MemoryAnchors
from state.memory.answers import MemoryAnswers as MemoryAnswers
from state.memory.blobs import MemoryBlobs as MemoryBlobs
from state.memory.brakes import MemoryBrakes as MemoryBrakes
from state.memory.chained import MemoryChains as MemoryChains
from state.memory.claims import MemoryClaims as MemoryClaims
from state.memory.deeds import MemoryDeeds as MemoryDeeds
from state.memory.disruptions import MemoryDisruptions as MemoryDisruptions
from state.memory.duties import MemoryDuties as MemoryDuties
from state.memory.incidents import MemoryIncidentStore as MemoryIncidentStore
from state.memory.index import MemoryIncidentIndex as MemoryIncidentIndex
from state.memory.ledger import MemoryLedger as MemoryLedger
from state.memory.missing_roles import MemoryMissingRoles as MemoryMissingRoles
from state.memory.partitions import MemoryPartitions as MemoryPartitions
from state.memory.pauses import MemoryPauses as MemoryPauses
from state.memory.removing import MemoryRemoving as MemoryRemoving
from state.memory.runs import MemoryRuns as MemoryRuns
from state.memory.shelves import MemoryShelves as MemoryShelves
from state.memory.slots import MemorySlots as MemorySlots
from state.memory.storms import MemoryStorms as MemoryStorms
from state.memory.undelivered import MemoryUndelivered as MemoryUndelivered
from state.memory.wakeups import MemoryWakeups as MemoryWakeups
