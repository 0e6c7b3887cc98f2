"""What the code of a step gets, and its two functions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remediation.incident import Incident, Step
from remediation.keeper import LockKeeper
from remediation.messages import Finding, Outcome
from remediation.ports import Backups, Locks, Machines, Vaults
from remediation.views import Unreadable, VaultSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The ports a step may use."""

    machines: Machines
    backups: Backups
    locks: Locks
    vaults: Vaults
    keeper: LockKeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A committed step, with the vault as this invocation read it."""

    incident: Incident
    step: Step
    snapshot: VaultSnapshot | Unreadable | None
    now: datetime


class StepCode(Protocol):
    """The code of one step."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Send the step, once."""

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Look what became of it; changes nothing that matters."""
