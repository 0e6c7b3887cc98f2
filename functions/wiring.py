"""The composition root: settings, clock, credential, adapters, engine. Built once a process.

The only place that reads the environment and the clock. Nothing here calls out: clients connect
when they are first used, so that a cold start stays cheap.
"""

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from azure.core.credentials import AzureKeyCredential, TokenCredential

from functions.alarms import LoggedLedger
from functions.clock import ScaledClock, SystemClock
from functions.configuration import read
from functions.credential import LazyCredential, LocalCredential
from functions.deployment import Deployment
from functions.topic import Topic
from functions.transport import CountingTransport
from remediation.actions.step import Tools
from remediation.engine import Engine
from remediation.eyes import Eyes
from remediation.keeper import LockKeeper
from remediation.overrides.file import Source
from remediation.overrides.force import Deferred, in_force
from remediation.overrides.settings import Overrides
from remediation.playbooks.library import Library
from remediation.playbooks.loader import load
from remediation.policies.book import PolicyBook
from remediation.policies.notice import telling
from remediation.policies.settings import Place
from remediation.policies.source import FileSource
from remediation.policies.source import Source as PolicySource
from remediation.policy import Policy
from remediation.ports import Clock
from remediation.rates.watch import RateLimits
from remediation.reception import Reception
from remediation.retrigger import Retrigger
from remediation.runs import RunWatch
from remediation.sweep import Sweep
from remediation.upkeep import Upkeep
from state import layout
from state.account import StorageAccount, create_all
from state.anchoring import Anchoring, Chains
from state.anchors import ContainerAnchors
from state.blobs import ContainerBlobs
from state.brakes import TableBrakes
from state.claims import TableClaims
from state.disruptions import TableDisruptions
from state.duties import TableDuties
from state.housekeeping import Housekeeping
from state.incidents import TableIncidentStore
from state.index import TableIncidentIndex
from state.missing_roles import TableMissingRoles
from state.overrides import ContainerOverrides, FolderOverrides
from state.partitions import TablePartitions
from state.pauses import TablePauses
from state.policies import BlobSource, KeptPolicy
from state.removing import TableRemoving
from state.retention import Retention
from state.runs import TableRuns
from state.shelves import TableShelves
from state.slots import TableSlots
from state.snapshots import VaultSnapshots
from state.storms import TableStorms
from state.undelivered import StorageUndelivered
from state.wakeups import QueueWakeups

# Whoever calls a door waits for its answer, and calls again: storage is asked once, and not long.
_DOOR_SECONDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the triggers call."""

    clock: Clock
    policy: Policy
    account: StorageAccount
    door: StorageAccount
    engine: Engine
    reception: Reception
    sweep: Sweep
    housekeeping: Housekeeping
    runs: RunWatch
    retrigger: Retrigger
    ledger: LoggedLedger
    pauses: TablePauses
    topic: Topic
    upkeep: Upkeep
    writer: str
    deployment: Deployment


def build(settings: Mapping[str, str]) -> Services:
    """Build everything from app settings; raises SettingsError that names every fault of them."""
    configuration = read(settings)
    deployment, ground, place = configuration.deployment, configuration.ground, configuration.place
    overrides, local = configuration.overrides, deployment.local
    upkeep, links = configuration.upkeep, configuration.links
    clock: Clock = ScaledClock.parse(deployment.clock) if deployment.clock else SystemClock()
    identity = _credential(local=local)
    account = partial(
        StorageAccount,
        deployment.storage,
        credential=_storage_identity(deployment) or identity,
    )
    incidents, index, apart, queue = (
        account(transport=CountingTransport(label))
        for label in ("incidents", "index", "apart", "queue")
    )
    if local:
        create_all(apart)
    writer = uuid.uuid4().hex[:12]
    key = deployment.topic_key
    topic = Topic(deployment.topic_endpoint, AzureKeyCredential(key) if key else identity)
    # Asked in the midst of calls to Azure, and able to do without: once, and not long.
    brief = account(transport=CountingTransport("apart", timeout=_DOOR_SECONDS), retries=0)
    limits = RateLimits(
        TableBrakes(brief.tables(), writer=writer),
        clock,
        LoggedLedger(brief.tables(), writer=writer),
    )
    tools, duties = _tools(deployment, clock, apart, writer, limits)
    wakeups = QueueWakeups(lambda: queue.queue(layout.WAKEUPS_QUEUE), clock)
    ledger = LoggedLedger(apart.tables(), writer=writer)
    patience = CountingTransport("door", timeout=_DOOR_SECONDS)
    door = account(transport=patience, retries=0)
    source = _overrides(overrides, apart)
    account_of_policy = account(
        transport=CountingTransport("policy", timeout=_DOOR_SECONDS), retries=0
    )

    pauses = TablePauses(account_of_policy.tables(), writer=writer)

    def library() -> Library:
        return in_force(load(), source, overrides.digests, ledger, clock.now())

    engine = Engine(
        store=TableIncidentStore(
            incidents.tables(),
            ContainerBlobs(lambda: apart.container(layout.EVIDENCE)),
            writer=writer,
        ),
        index=TableIncidentIndex(index.tables(), writer=writer),
        wakeups=wakeups,
        notifier=topic,
        slots=TableSlots(apart.tables(), writer=writer),
        claims=TableClaims(apart.tables(), writer=writer),
        disruptions=TableDisruptions(apart.tables(), writer=writer),
        storms=TableStorms(apart.tables(), writer=writer),
        limits=limits,
        eyes=Eyes(tools=tools, duties=duties, library=Deferred(library)),
        clock=clock,
        policies=PolicyBook(
            ground,
            source=_policy_source(place, account_of_policy),
            last_good=KeptPolicy(lambda: account_of_policy.container(layout.POLICIES)),
            clock=clock,
            tell=telling(ledger, topic),
            pauses=pauses,
        ),
        links=links,
    )
    reception = Reception(engine=engine, ledger=ledger)
    return Services(
        clock=clock,
        policy=ground.policy,
        account=queue,
        door=door,
        engine=engine,
        reception=reception,
        sweep=Sweep(
            reception=reception,
            wakeups=wakeups,
            undelivered=StorageUndelivered(apart),
            roles=TableMissingRoles(apart.tables(), writer=writer),
            limits=upkeep.limits,
        ),
        housekeeping=Housekeeping(
            anchoring=_anchoring(apart, clock, ledger),
            retention=Retention(
                index=engine.index,
                removing=TableRemoving(
                    apart.tables(),
                    ContainerBlobs(lambda: apart.container(layout.EVIDENCE)),
                    writer=writer,
                ),
                duties=duties,
                clock=clock,
                keep=upkeep.audit_retention,
            ),
        ),
        runs=RunWatch(runs=TableRuns(apart.tables(), writer=writer), ledger=ledger, clock=clock),
        retrigger=Retrigger(reception=reception),
        ledger=LoggedLedger(door.tables(), writer=writer),
        pauses=pauses,
        topic=topic,
        upkeep=upkeep,
        writer=writer,
        deployment=deployment,
    )


def _anchoring(account: StorageAccount, clock: Clock, ledger: LoggedLedger) -> Anchoring:
    evidence = ContainerBlobs(lambda: account.container(layout.EVIDENCE))
    partitions = TablePartitions(account.tables(), evidence)
    return Anchoring(
        chains=Chains(partitions=partitions, ledger=ledger),
        anchors=ContainerAnchors(lambda: account.container(layout.ANCHORS)),
        ledger=ledger,
        clock=clock,
    )


def _overrides(overrides: Overrides, account: StorageAccount) -> Source | None:
    folder, container = overrides.folder, overrides.container
    if container is not None:
        return ContainerOverrides(lambda: account.container(container))
    # The worker starts in the folder of the function app.
    return FolderOverrides(Path(folder)) if folder is not None else None


def _policy_source(place: Place, account: StorageAccount) -> PolicySource | None:
    if place.blob is not None:
        container, name = place.blob
        return BlobSource(lambda: account.container(container), container, name)
    return FileSource(path=Path(place.file)) if place.file is not None else None


def _credential(*, local: bool) -> TokenCredential:
    return LocalCredential() if local else LazyCredential(_default_identity)


def _default_identity() -> TokenCredential:
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - 140 ms

    return DefaultAzureCredential()


def _storage_identity(deployment: Deployment) -> TokenCredential | None:
    own = deployment.storage_identity
    return _own(own, local=deployment.local) if own else None


def _own(client_id: str, *, local: bool) -> TokenCredential:
    """Return the credential of exactly one identity: where it gives no token, no other does."""
    return LocalCredential(client_id) if local else LazyCredential(partial(_identity, client_id))


def _identity(client_id: str) -> TokenCredential:
    from azure.identity import ManagedIdentityCredential  # noqa: PLC0415 - 140 ms

    return ManagedIdentityCredential(client_id=client_id)


def _tools(
    deployment: Deployment,
    clock: Clock,
    account: StorageAccount,
    writer: str,
    limits: RateLimits,
) -> tuple[Tools, TableDuties]:
    # The SDKs behind these are imported with the first call to Azure.
    from remediation.arm.backups import ArmBackups  # noqa: PLC0415
    from remediation.arm.clients import ArmClients  # noqa: PLC0415
    from remediation.arm.locks import ArmLocks  # noqa: PLC0415
    from remediation.arm.machines import ArmMachines  # noqa: PLC0415
    from remediation.arm.vaults import ArmVaults  # noqa: PLC0415

    local = deployment.local
    own = {role: _own(id_, local=local) for role, id_ in deployment.identities.items()}
    clients = ArmClients(
        _credential(local=local), deployment.arm_endpoint, own=own, local=local, limits=limits
    )
    duties = TableDuties(account.tables(), writer=writer)
    locks = ArmLocks(clients)
    tools = Tools(
        machines=ArmMachines(clients),
        backups=ArmBackups(clients),
        locks=locks,
        vaults=VaultSnapshots(
            shelves=TableShelves(
                account.tables(),
                ContainerBlobs(lambda: account.container(layout.SNAPSHOTS)),
                writer=writer,
            ),
            reader=ArmVaults(clients, clock),
            clock=clock,
        ),
        keeper=LockKeeper(duties=duties, locks=locks),
    )
    return tools, duties


@cache
def services() -> Services:
    """Return this process's services, built from its environment on first use."""
    return build(dict(os.environ))
