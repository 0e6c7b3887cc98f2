"""What a run came to: counts, the comparison with what was expected, guarantees and costs. Pure."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from local.checker.comparison import Comparison, compare
from local.checker.costs import JobReads, Transactions, invocations, job_reads, transactions
from local.checker.evidence import RECOVERED, Evidence
from local.checker.expected import Expectation
from local.checker.findings import Guarantee
from local.checker.guarantees import verify
from local.demo.incidents import Incident, incidents

SCHEMA = 1
GROUPS = ("recovered", "recovered_degraded", "escalated", "closed", "open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The whole result of a run. ``ended``: it ended by itself, within the time it may take.

    ``failing``: machines whose backups were to fail. Where none were, nothing needs to be proved.
    """

    seed: int
    ended: bool
    failing: int
    incidents: tuple[Incident, ...]
    comparison: Comparison
    guarantees: Mapping[str, Guarantee]
    transactions: Transactions
    reads: JobReads
    duration_s: float
    simulated_s: float

    @property
    def well(self) -> bool:
        """Whether every promise was kept."""
        idle = self.idle
        held = all(one.held or (idle and not one.checked) for one in self.guarantees.values())
        return self.ended and held and self.comparison.as_expected

    @property
    def idle(self) -> bool:
        """Whether nothing was to fail, and nothing did."""
        return not self.failing and not self.incidents


def judge(
    evidence: Evidence,
    expectations: Iterable[Expectation],
    log: Iterable[str],
    *,
    seed: int,
    ended: bool,
    duration_s: float,
    simulated_s: float,
) -> Verdict:
    """Judge a run by what it left behind and by the log of the functions' host."""
    known = tuple(expectations)
    return Verdict(
        seed=seed,
        ended=ended,
        failing=sum(one.failing for one in known),
        incidents=incidents(evidence.items),
        comparison=compare(evidence, known),
        guarantees=verify(evidence),
        transactions=transactions(evidence, invocations(log)),
        reads=job_reads(evidence),
        duration_s=duration_s,
        simulated_s=simulated_s,
    )


def by_status(found: Iterable[Incident]) -> dict[str, int]:
    """Count incidents by the five statuses, which are disjoint."""
    counted = Counter(one.group for one in found)
    return {name: counted[name] for name in GROUPS}


def by_cause(found: Sequence[Incident]) -> dict[str, dict[str, int]]:
    """Count the statuses of each cause."""
    causes = sorted({one.cause for one in found})
    return {
        cause: {
            status: count
            for status, count in by_status(one for one in found if one.cause == cause).items()
            if count
        }
        for cause in causes
    }


def by_action(found: Sequence[Incident]) -> dict[str, dict[str, int]]:
    """Count the attempts of each action, and those that cured."""
    tried = Counter(attempt.action for one in found for attempt in one.attempts)
    cured = Counter(
        attempt.action for one in found for attempt in one.attempts if attempt.result == "cured"
    )
    return {name: {"attempts": tried[name], "cured": cured[name]} for name in sorted(tried)}


def times_to_recovery(found: Iterable[Incident]) -> list[float]:
    """Return the simulated seconds from opening to recovery, the shortest first."""
    return sorted(
        (one.ended_at - one.opened_at).total_seconds()
        for one in found
        if one.status in RECOVERED and one.ended_at is not None
    )


def report(verdict: Verdict) -> dict[str, object]:
    """Return the report as ``docs/demo.md`` describes it."""
    found, comparison = verdict.incidents, verdict.comparison
    times = times_to_recovery(found)
    costs = asdict(verdict.transactions)
    return {
        "schema": SCHEMA,
        "seed": verdict.seed,
        "incidents": len(found),
        "by_status": by_status(found),
        "expected": asdict(comparison),
        "guarantees": {name: asdict(one) for name, one in verdict.guarantees.items()},
        "storage_transactions": {"per_incident": costs},
        "job_reads": asdict(verdict.reads),
        "duration_s": round(verdict.duration_s, 1),
        "ended": verdict.ended,
        "simulated_s": round(verdict.simulated_s),
        "by_cause": by_cause(found),
        "by_action": by_action(found),
        "time_to_recovery_s": {
            "median": round(statistics.median(times)) if times else None,
            "longest": round(times[-1]) if times else None,
        },
    }
