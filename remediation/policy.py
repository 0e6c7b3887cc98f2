"""The policy: what the operator lets us do. Every default is the careful one.

Pure values. ``settings`` reads them; ``guardrails`` and ``decide`` obey them. The table in
``docs/settings.md`` is generated from ``FIELDS`` and held to it by a test.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from remediation.model import DatabaseBackup, Mode, Risk
from remediation.pauses import Pause
from remediation.windows import Window, Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What the machine's owner said by tags, where it bears on more than a value of the policy.

    ``windows``: only there may anything disrupt it; None where the tag is not set. ``reason``: why
    the mode is more careful than the policy's.
    """

    windows: tuple[Window, ...] | None = None
    reason: str = ""


DAILY = timedelta(hours=24)
# What a daily item has at the default objective after the first run that failed.
AFTER_A_RARE_RUN = timedelta(hours=26)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Modes, risks, budgets and times. Day one: ``observe``, risks up to ``low``.

    ``owner`` and ``pause`` are no settings: owners say the one by tags, people the other at once.
    """

    mode: Mode = Mode.OBSERVE
    max_risk: Risk = Risk.LOW
    opt_in: frozenset[str] = frozenset()
    promoted: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    closed_dates: frozenset[date] = frozenset()
    window_from_risk: Risk = Risk.DOWNTIME
    attempts: int = 4
    item_attempts: int = 5
    item_window: timedelta = timedelta(days=7)
    ineffective_repairs: int = 3
    ineffective_window: timedelta = timedelta(days=14)
    on_demand_per_day: int = 1
    on_demand_per_72h: int = 2
    at_once_vault: int = 5
    at_once_subscription: int = 20
    disruptive_per_hour: int = 10
    backup_hours: timedelta = timedelta(hours=8)
    cool_down: timedelta = timedelta(hours=6)
    freeze_cool_down: timedelta = timedelta(hours=24)
    objective: timedelta = timedelta(hours=50)
    margin: timedelta = timedelta(hours=6)
    retention: timedelta = timedelta(days=7)
    snapshot_spacing: timedelta = timedelta(hours=3)
    restore_points: int = 18
    run_near: timedelta = timedelta(hours=2)
    approval_expires: timedelta = timedelta(hours=8)
    approval_holds: timedelta = timedelta(hours=24)
    approvers: int = 1
    exclusion_tag: str = "backup-remediation"
    exclusion_value: str = "off"
    observe_tag: str = "backup-remediation"
    observe_value: str = "observe"
    window_tag: str = "backup-remediation-window"
    risk_tag: str = "backup-remediation-risk"
    criticality_tag: str = "criticality"
    criticality_values: tuple[str, ...] = (
        "mission-critical",
        "business unit-critical",
        "high",
        "medium",
        "low",
    )
    tag_risk_ceiling: Risk = Risk.NONE
    database_tag: str = "role"
    database_values: frozenset[str] = frozenset({"database", "db", "hana", "oracle", "sql"})
    database_backup: DatabaseBackup = DatabaseBackup.SCHEDULED
    partner_tags: frozenset[str] = frozenset({"app", "cluster"})
    storm_items: int = 10
    scopes: frozenset[str] = field(default_factory=frozenset)
    owner: Owner = Owner()
    pause: Pause | None = None

    def objective_of(self, interval: timedelta | None) -> timedelta:
        """Return how old the last point of an item may become whose runs lie so far apart.

        The objective is meant for daily backups. Where the owner chose a rarer schedule, the point
        may become as old as its longest interval, and a day and two hours for what fails then.
        """
        if interval is None or interval <= DAILY:
            return self.objective
        return max(self.objective, interval + AFTER_A_RARE_RUN)

    def mode_of(self, action: str) -> Mode:
        """Return the mode that holds for an action: a promoted one runs as in ``auto``.

        ``off`` is off for all of them.
        """
        watched = self.mode in {Mode.OBSERVE, Mode.APPROVE}
        return Mode.AUTO if watched and action in self.promoted else self.mode

    def covers(self, subscription: str) -> bool:
        """Whether the subscription is in scope; nothing is where no scope is set."""
        return subscription.lower() in self.scopes

    def windows_for(self, risk: Risk) -> tuple[Windows, ...]:
        """Return the windows an action of that risk needs to be in, all at once; none is no way.

        The owner's window narrows the policy's; alone it opens up to the ceiling for tags only.
        """
        named = [self.windows] if self.windows else []
        if self.owner.windows is not None and (named or risk <= self.tag_risk_ceiling):
            named.append(self.owner.windows)
        return tuple(Windows(weekly=weekly, closed=self.closed_dates) for weekly in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long calls may take, on the clock in use; real durations, stretched for a fast clock.

    An intent may be sent for ``act_within``; another worker takes over ``take_over`` after it was
    written.
    """

    act_within: timedelta = timedelta(seconds=60)
    take_over: timedelta = timedelta(seconds=60 + 40 + 120)
    wake_grace: timedelta = timedelta(minutes=5)
