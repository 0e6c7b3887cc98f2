"""Settings: app settings (strings) to a ``Policy``. Every fault is named, all at once.

A setting's name is ``REMEDIATOR_`` and the field's name in capitals. Durations are ISO 8601
(``PT6H``, ``P7D``), lists are separated by commas.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from remediation.model import DatabaseBackup, Mode, Risk
from remediation.policy import Policy
from remediation.readers import (
    actions,
    dates,
    duration,
    iso,
    order,
    subscriptions,
    text_of,
    whole_number,
    windows,
    word_of,
    words,
)
from remediation.remember import HISTORY_KEPT

PREFIX = "REMEDIATOR_"


class SettingsError(ValueError):
    """Settings that cannot be used; ``faults`` holds one sentence a setting."""

    def __init__(self, faults: list[str]) -> None:
        """Keep every fault; the text has them all."""
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: how it is read, its unit, and why its default is what it is.

    ``default`` is for what stands in no value of its own; ``secret``: it opens something.
    """

    read: Callable[[str], object]
    unit: str
    why: str
    default: str = ""
    secret: bool = False


SETTINGS: Mapping[str, Setting] = {
    "mode": Setting(
        read=word_of({mode.value: mode for mode in Mode}),
        unit="off, observe, approve or auto",
        why="Observe first: it decides and records, and changes nothing.",
    ),
    "max_risk": Setting(
        read=word_of({risk.word: risk for risk in Risk}),
        unit="the highest risk allowed",
        why="What needs no guest and interrupts nothing.",
    ),
    "opt_in": Setting(
        read=actions,
        unit="names of actions, by comma",
        why="Nothing that shared resources or a guest's settings depend on runs unasked.",
    ),
    "promoted": Setting(
        read=actions,
        unit="names of actions that run as in auto where the mode is observe or approve, by comma",
        why="Full automation comes action by action, each on what observing showed.",
    ),
    "windows": Setting(
        read=windows,
        unit="weekly windows, by semicolon",
        why="What disrupts a machine runs in none until one is set.",
    ),
    "closed_dates": Setting(
        read=dates,
        unit="dates, by comma",
        why="Windows stay closed on these days of their zone, as in a freeze before a holiday.",
    ),
    "window_from_risk": Setting(
        read=word_of({risk.word: risk for risk in Risk}),
        unit="the lowest risk that needs a window",
        why="A restart is noticed; a lower risk lets more wait for a window.",
    ),
    "attempts": Setting(
        read=whole_number(0),
        unit="acting rungs an incident",
        why="As many as the customer's ladder has rungs.",
    ),
    "item_attempts": Setting(
        read=whole_number(0),
        unit="acting rungs an item",
        why="A machine that needs more needs a person.",
    ),
    "item_window": Setting(read=duration, unit="duration", why="The window of item_attempts."),
    "ineffective_repairs": Setting(
        read=whole_number(0),
        unit="repairs of one cause after which it is for people; 0 is never",
        why="What comes undone three times in two weeks is not repaired.",
    ),
    "ineffective_window": Setting(
        read=duration, unit="duration", why="The window of ineffective_repairs."
    ),
    "on_demand_per_day": Setting(
        read=whole_number(0),
        unit="automatic on-demand backups an item in 24 h",
        why="A second backup a day is what Microsoft names as a cause of the restore-point limit.",
    ),
    "on_demand_per_72h": Setting(
        read=whole_number(0),
        unit="automatic on-demand backups an item in 72 h",
        why="Each keeps an instant restore point; 18 is the limit.",
    ),
    "at_once_vault": Setting(
        read=whole_number(0),
        unit="our backups running at once a vault",
        why="A repair must not become a load.",
    ),
    "at_once_subscription": Setting(
        read=whole_number(0),
        unit="our backups running at once a subscription",
        why="The same, for storage accounts and disks that vaults share.",
    ),
    "disruptive_per_hour": Setting(
        read=whole_number(0),
        unit="actions from risk guest_service on that begin in an hour in a subscription",
        why="What disturbs services goes wrong a few at a time, while somebody can still stop it.",
    ),
    "backup_hours": Setting(
        read=duration,
        unit="duration from the scheduled start; PT24H is all day",
        why="The owner chose this time of day for freezing I/O; eight hours of it are a night.",
    ),
    "cool_down": Setting(
        read=duration,
        unit="duration between two acting rungs of one item",
        why="Close retries harm: spacing backups by hours cured freezing machines.",
    ),
    "freeze_cool_down": Setting(
        read=duration,
        unit="the same after a freeze failure",
        why="After a failed freeze a second try the same day can hang the machine.",
    ),
    "objective": Setting(
        read=duration,
        unit="how old the last valid recovery point may become",
        why="Two missed daily backups and two hours; longer by itself on a rarer schedule.",
    ),
    "margin": Setting(
        read=duration,
        unit="duration before the objective by which people are told",
        why="Six hours are what a person needs to act.",
    ),
    "retention": Setting(
        read=duration,
        unit="how long our on-demand backups are kept",
        why="Long enough to restore from, short enough not to pile up.",
    ),
    "snapshot_spacing": Setting(
        read=duration,
        unit="duration since the item's last snapshot",
        why="Three hours between snapshots cured permanent freezes of Linux machines.",
    ),
    "restore_points": Setting(
        read=whole_number(1), unit="restore points of a machine", why="Azure's own limit is 18."
    ),
    "run_near": Setting(
        read=duration,
        unit="duration before the next scheduled run",
        why="An on-demand backup takes up to two hours, and would make the scheduled one fail.",
    ),
    "approval_expires": Setting(
        read=duration,
        unit="duration until a request for approval that nobody answers is a no",
        why="A night shift; who is asleep has said no.",
    ),
    "approval_holds": Setting(
        read=duration,
        unit="duration for which a given approval holds",
        why="Until the next maintenance window; what was approved last week is another machine.",
    ),
    "approvers": Setting(
        read=whole_number(1),
        unit="different people who must say yes",
        why="One; two are four eyes.",
    ),
    "exclusion_tag": Setting(
        read=text_of, unit="name of a tag", why="Owners opt out by themselves."
    ),
    "exclusion_value": Setting(read=text_of, unit="value of that tag", why="The word for no."),
    "observe_tag": Setting(
        read=text_of, unit="name of a tag", why="Owners ask for watching only by themselves."
    ),
    "observe_value": Setting(
        read=text_of, unit="value of that tag", why="The word for look, but do not touch."
    ),
    "window_tag": Setting(
        read=text_of,
        unit="name of a tag whose value is a window, or several by semicolon",
        why="Owners know best when their machine may be disturbed.",
    ),
    "risk_tag": Setting(
        read=text_of,
        unit="name of a tag whose value is a risk",
        why="Owners allow less than the policy, or more up to its ceiling.",
    ),
    "criticality_tag": Setting(
        read=text_of,
        unit="name of a tag that says how critical a machine is",
        why="Of two machines whose deadlines lie in the same hour the more critical goes first.",
    ),
    "criticality_values": Setting(
        read=order,
        unit="values of that tag, by semicolon, the most urgent first",
        why="The values of Microsoft's naming guide; any other, or no tag, counts as the middle.",
    ),
    "tag_risk_ceiling": Setting(
        read=word_of({risk.word: risk for risk in Risk}),
        unit="the highest risk that a tag may allow",
        why="An owner makes it more careful; bolder only as far as the policy says.",
    ),
    "database_tag": Setting(
        read=text_of,
        unit="name of a tag that says what a machine is for",
        why="Owners know where a database runs; what is seen on a machine counts beside it.",
    ),
    "database_values": Setting(
        read=words, unit="values of that tag that mean a database", why="The words in use."
    ),
    "database_backup": Setting(
        read=word_of({one.value: one for one in DatabaseBackup}),
        unit="scheduled or on_demand",
        why="An extra backup freezes a database, and may break its own chain of backups.",
    ),
    "partner_tags": Setting(
        read=words,
        unit="names of tags whose value machines that stand in for one another share",
        why="One of them at a time, and only while the others are well.",
    ),
    "storm_items": Setting(
        read=whole_number(0),
        unit="items that fail together; 0 is off",
        why="In half an hour in one scope: then repairs begin one by one (docs/storms.md).",
    ),
    "scopes": Setting(
        read=subscriptions,
        unit="ids of subscriptions, by comma",
        why="Nothing is in scope until it is named.",
    ),
}


def read_policy(settings: Mapping[str, str]) -> Policy:
    """Read a policy from app settings; raises SettingsError with every fault.

    A setting that is absent or empty takes its default; one that begins with ``REMEDIATOR_`` and
    that nobody knows is not an error here, since wiring reads others of that prefix.
    """
    values: dict[str, object] = {}
    faults: list[str] = []
    for name, setting in SETTINGS.items():
        text = settings.get(PREFIX + name.upper(), "")
        if not text.strip():
            continue
        try:
            values[name] = setting.read(text)
        except ValueError as fault:
            faults.append(f"{PREFIX}{name.upper()}: {fault}")
    # Each value was read by its own field's reader, so the types are right.
    policy = Policy(**values)  # type: ignore[arg-type]
    if "margin" not in values:
        # A short objective has a margin that fits it: an eighth, as 6 h are of 50 h.
        policy = replace(policy, margin=min(policy.margin, policy.objective / 8))
    if policy.margin >= policy.objective:
        faults.append(f"{PREFIX}MARGIN: expected less than the objective, {iso(policy.objective)}")
    faults += [
        f"{PREFIX}{name.upper()}: expected at most {HISTORY_KEPT.days} days, as long as attempts"
        " are remembered"
        for name in ("item_window", "ineffective_window", "cool_down", "freeze_cool_down")
        if getattr(policy, name) > HISTORY_KEPT
    ]
    if faults:
        raise SettingsError(faults)
    return policy
