"""Any sequence of commits: the store over tables does what the one in memory does, hash by hash."""

from contextlib import ExitStack
from dataclasses import replace
from typing import override

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from remediation.incident import Status
from remediation.ports import AlreadySeen, Commit, Loaded
from remediation.race import LostRace
from state.audit import AuditReader
from tests.state import values
from tests.state.conftest import Kit, memory_kit, table_kit

_MACHINES = st.sampled_from(["vm-1", "vm-2"])
_JOBS = st.sampled_from(["job-1", "job-2", "job-3"])
_TEXTS = st.sampled_from(["ready", "password=hunter2", "x" * 40_000])


class TwoStores(RuleBasedStateMachine):
    """One store of each kind, given the same."""

    connection = ""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        self.kits: list[Kit] = [memory_kit(), table_kit(self.connection, self.closing)]
        self.stores = [kit.incidents() for kit in self.kits]
        self.audits: list[AuditReader] = [kit.audit() for kit in self.kits]
        self.old: dict[str, list[Loaded]] = {}
        self.number = 0

    @override
    def teardown(self) -> None:
        """Let the connections go."""
        self.closing.close()

    def loaded(self, machine: str) -> list[Loaded]:
        """What both have of a machine: the same."""
        both = [store.load(values.an_item(machine)) for store in self.stores]
        self.same([replace(one, version=None) for one in both])
        return both

    def same(self, both: list[object] | list[Loaded]) -> None:
        """Both answers are equal."""
        assert both[0] == both[1]

    def commit(self, commits: list[Commit]) -> None:
        """Give both the same commit, and compare the answers but for their versions."""
        answers: list[object] = []
        for store, commit in zip(self.stores, commits, strict=True):
            answer = store.commit(commit)
            assert isinstance(answer, Loaded | LostRace | AlreadySeen)
            kept = replace(answer, version=None) if isinstance(answer, Loaded) else answer
            answers.append(kept)
        self.same(answers)

    @rule(machine=_MACHINES, job=_JOBS)
    def open(self, machine: str, job: str) -> None:
        """A failure of an item without an open incident: new, or seen before."""
        bases = self.loaded(machine)
        if bases[0].incident is None:
            self.number += 1
            identity = f"inc-{self.number}"
            self.commit(
                [values.opening(b, identity=identity, job=values.a_job(job)) for b in bases]
            )

    @rule(machine=_MACHINES, job=_JOBS, text=_TEXTS)
    def go_on(self, machine: str, job: str, text: str) -> None:
        """A further failure of an open incident."""
        bases = self.loaded(machine)
        if bases[0].incident is not None:
            marker = values.a_job(job)
            commits = [values.going_on(base, values.evidence(text)) for base in bases]
            self.commit([replace(commit, marker=marker) for commit in commits])

    @rule(machine=_MACHINES)
    def remember(self, machine: str) -> None:
        """A worker loads, and is slow."""
        self.old[machine] = self.loaded(machine)

    @rule(machine=_MACHINES)
    def come_late(self, machine: str) -> None:
        """The slow worker commits."""
        bases = self.old.get(machine)
        if bases and bases[0].incident is not None:
            self.commit([values.going_on(base, values.woken()) for base in bases])

    @rule(machine=_MACHINES, status=st.sampled_from([Status.RECOVERED, Status.CLOSED]))
    def close(self, machine: str, status: Status) -> None:
        """The open incident ends."""
        bases = self.loaded(machine)
        if bases[0].incident is not None:
            self.commit([values.closing(base, status) for base in bases])

    @rule(machine=_MACHINES)
    def reopen(self, machine: str) -> None:
        """An ended incident is opened again."""
        bases = self.loaded(machine)
        ended = self.audits[0].partitions.incidents_of(values.an_item(machine))
        if bases[0].incident is None and ended:
            self.commit([values.reopening(base, ended[-1], values.woken()) for base in bases])

    @invariant()
    def what_stands_there_is_equal(self) -> None:
        """Incidents and trails, rows, hashes, heads and verdicts."""
        for machine in ("vm-1", "vm-2"):
            item = values.an_item(machine)
            heads = [audit.partitions.incidents_of(item) for audit in self.audits]
            assert heads[0] == heads[1]
            trails = [[*audit.partitions.records_of(item)] for audit in self.audits]
            assert trails[0] == trails[1]
            chains = [audit.partitions.chain(item) for audit in self.audits]
            assert chains[0].head == chains[1].head
            assert sorted(chains[0].rows, key=str) == sorted(chains[1].rows, key=str)
            assert all(verdict.whole for audit in self.audits for verdict in audit.verify(item))


@pytest.mark.proof
def test_both_stores_do_the_same_whatever_is_committed(azurite: str) -> None:
    """Openings, duplicates, races, endings, re-openings, in any order."""
    TwoStores.connection = azurite
    examples = max(4, settings().max_examples // 8)
    run_state_machine_as_test(
        TwoStores, settings=settings(max_examples=examples, stateful_step_count=15)
    )
