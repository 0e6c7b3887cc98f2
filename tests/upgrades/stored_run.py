"""A world under way whose every store is Azure Storage, by the adapters that are deployed."""

from contextlib import ExitStack
from typing import Any, override

from local.inprocess.run import Run
from local.inprocess.stores import Stores
from local.worlds import World
from remediation.incident import Incident, Phase
from remediation.ports import AlreadySeen, Commit, IncidentStore, Loaded
from remediation.race import LostRace
from remediation.records import Body, Record
from state.account import StorageAccount
from state.answers import TableAnswers
from state.blobs import ContainerBlobs
from state.brakes import TableBrakes
from state.claims import TableClaims
from state.deeds import TableDeeds
from state.disruptions import TableDisruptions
from state.duties import TableDuties
from state.incidents import TableIncidentStore
from state.index import TableIncidentIndex
from state.ledger import TableLedger
from state.pauses import TablePauses
from state.shelves import TableShelves
from state.slots import TableSlots
from state.storms import TableStorms
from tests.azurite import fresh_name
from tests.state.tables import OwnTables


class DiedError(BaseException):
    """The worker's process ended here."""


class Noting:
    """``IncidentStore`` that remembers what was committed through it, for whoever plays.

    ``dies_after``: with the commit of such a record the worker dies, before anything is sent.
    """

    def __init__(self, store: IncidentStore) -> None:
        self._store = store
        self.kept: list[Record] = []
        self.heads: dict[str, Incident] = {}
        self.dies_after: type[Body] | None = None

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit, and note what went through."""
        answer = self._store.commit(commit)
        if isinstance(answer, Loaded):
            self.kept += commit.records
            self.heads[commit.incident.id] = commit.incident
            last = self.dies_after
            if last is not None and any(isinstance(one.body, last) for one in commit.records):
                raise DiedError
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Storage:
    """Tables with a suffix of their own, and a container, in one account."""

    def __init__(self, connection: str, closing: ExitStack, *, writer: str = "writer") -> None:
        self._writer = writer
        self.tables = OwnTables.of(connection, fresh_name("u"))
        self.container = StorageAccount(connection).container(fresh_name("evidence"))
        self.container.create_container()
        self.blobs = ContainerBlobs(lambda: self.container)
        closing.callback(self.tables.close)
        closing.callback(self.container.close)

    def stores(self) -> Stores:
        """Return everything that outlives a worker, as one more worker has it."""
        made, tables, writer = Stores, self.tables, self._writer
        adapters: dict[str, Any] = {
            "incidents": TableIncidentStore(tables, self.blobs, writer=writer),
            "index": TableIncidentIndex(tables, writer=writer),
            "duties": TableDuties(tables, writer=writer),
            "slots": TableSlots(tables, writer=writer),
            "claims": TableClaims(tables, writer=writer),
            "disruptions": TableDisruptions(tables, writer=writer),
            "storms": TableStorms(tables, writer=writer),
            "brakes": TableBrakes(tables, writer=writer),
            "ledger": TableLedger(tables, writer=writer),
            "pauses": TablePauses(tables, writer=writer),
            "shelves": TableShelves(tables, self.blobs, writer=writer),
        }
        return made(**adapters)

    def deeds(self) -> TableDeeds:
        """Return where what persons did is kept."""
        return TableDeeds(self.tables, writer=self._writer)

    def answers(self) -> TableAnswers:
        """Return where answers to requests are kept."""
        return TableAnswers(self.tables, writer=self._writer)


class StoredRun(Run):
    """A run over such a storage; ``noted`` is what its worker committed."""

    def __init__(self, world: World, storage: Storage, **options: Any) -> None:
        self.storage = storage
        self.noted: Noting | None = None
        super().__init__(world, stores=storage.stores(), **options)

    @override
    def guard[P](self, port: P, _name: str) -> P:
        if _name != "incidents":
            return port
        if self.noted is None:
            self.noted = Noting(port)  # type: ignore[arg-type]
        noting: Any = self.noted
        return noting  # type: ignore[no-any-return]

    @property
    def committed(self) -> list[Record]:
        """Every record that was committed, in order."""
        return self.noted.kept if self.noted else []

    @property
    @override
    def open(self) -> list[Incident]:
        heads = self.noted.heads.values() if self.noted else ()
        return [one for one in heads if one.open]

    @property
    @override
    def ended(self) -> list[Incident]:
        heads = self.noted.heads.values() if self.noted else ()
        return [one for one in heads if not one.open]

    @override
    def settled(self) -> bool:
        """Whether every machine that can fail has failed, and nobody is at work on any."""
        failing = [vm for vm in self.world.vms if vm.fault is not None]
        known = {one.item for one in self.incidents}
        if len(known) < len(failing) or any(one.door == "events" for one in self.queue.waiting):
            return False
        if any(one.phase is not Phase.RESTING for one in self.open):
            return False
        return not any(one.away for one in self.stores.duties.all())
