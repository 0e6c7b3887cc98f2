"""The kit's world on tables and a queue of Azurite, every request counted beneath the SDK."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, override

from local.inprocess.queue import Delivery
from local.worlds import World
from remediation.messages import FailureReported, Woken
from remediation.receipt import Receipt
from state.account import StorageAccount
from state.blobs import ContainerBlobs
from state.brakes import TableBrakes
from state.claims import TableClaims
from state.disruptions import TableDisruptions
from state.duties import TableDuties
from state.incidents import TableIncidentStore
from state.index import TableIncidentIndex
from state.ledger import TableLedger
from state.shelves import TableShelves
from state.slots import TableSlots
from state.storms import TableStorms
from state.wakeups import QueueWakeups
from tests.azurite import fresh_name
from tests.engine_kit.run import Run, Stores
from tests.state.counting import Counting
from tests.state.tables import OwnTables

# The host gets a message and deletes it.
BY_HOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one delivery did, and its storage transactions; ``apart`` is reported by itself."""

    receipt: Receipt
    count: int
    apart: int


@dataclass(slots=True)
class Meters:
    """One counting transport for each class of storage."""

    by_label: dict[str, Counting] = field(
        default_factory=lambda: {
            label: Counting() for label in ("incidents", "index", "queue", "apart", "taken")
        }
    )

    def counted(self) -> dict[str, int]:
        """Return the requests of each class so far."""
        return {label: len(meter.calls) for label, meter in self.by_label.items()}


class BothQueues:
    """Wake-ups go to Azurite's queue, where they are counted, and come back in virtual time."""

    def __init__(self, real: QueueWakeups, run: Run) -> None:
        self._real, self._run = real, run

    def send(self, message: Woken | FailureReported, *, at: datetime) -> None:
        """Send it to both."""
        self._real.send(message, at=at)
        self._run.queue.send(message, at=at)


class TableRun(Run):
    """A run whose stores are tables; ``used`` has one entry a delivery."""

    def __init__(self, world: World, connection: str, closing: ExitStack, **options: Any) -> None:
        self.meters = Meters()
        self.used: list[Used] = []
        suffix = fresh_name("x")
        meters = self.meters.by_label

        def tables(label: str) -> OwnTables:
            made = OwnTables.of(connection, suffix, transport=meters[label])
            closing.callback(made.close)
            return made

        account = StorageAccount(connection, transport=meters["apart"])
        container = account.container(fresh_name("evidence"))
        container.create_container()
        queue = StorageAccount(connection, transport=meters["queue"]).queue(fresh_name("wakeups"))
        queue.create_queue()
        closing.callback(queue.close)
        blobs, writer = ContainerBlobs(lambda: container), fresh_name("writer")
        # What partners and the hour's disruptive actions cost is told by itself.
        apart, taken = tables("apart"), tables("taken")
        stores: Any = Stores
        super().__init__(
            world,
            stores=stores(
                incidents=TableIncidentStore(tables("incidents"), blobs, writer=writer),
                index=TableIncidentIndex(tables("index"), writer=writer),
                duties=TableDuties(apart, writer=writer),
                slots=TableSlots(apart, writer=writer),
                claims=TableClaims(taken, writer=writer),
                disruptions=TableDisruptions(taken, writer=writer),
                storms=TableStorms(apart, writer=writer),
                brakes=TableBrakes(apart, writer=writer),
                ledger=TableLedger(apart, writer=writer),
                shelves=TableShelves(apart, blobs, writer=writer),
            ),
            **options,
        )
        self.wakeups = BothQueues(QueueWakeups(lambda: queue, self.clock), self)
        self.restart()
        # Sweeps are reported apart, and what they wake is no part of the ordinary course.
        self.next_sweep += timedelta(days=100)

    @override
    def deliver(self, delivery: Delivery) -> None:
        before, receipts = self.meters.counted(), len(self.receipts)
        super().deliver(delivery)
        used = {label: n - before[label] for label, n in self.meters.counted().items()}
        for _, receipt in self.receipts[receipts:]:
            count = used["incidents"] + used["index"] + used["queue"] + BY_HOST
            self.used.append(Used(receipt=receipt, count=count, apart=used["apart"]))

    def finished(self) -> bool:
        """Whether the incident has ended."""
        return any(receipt.kind == "ending" for _, receipt in self.receipts)


@contextmanager
def table_run(world: World, connection: str, **options: Any) -> Iterator[TableRun]:
    """Give a run on fresh tables; its clients are closed with the block."""
    with ExitStack() as closing:
        yield TableRun(world, connection, closing, **options)
