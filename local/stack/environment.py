"""The app settings of the functions' host on one machine.

``POLICY`` has one entry a key of a world's policy; a new key is one line there.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from local.azure.http.access import identities
from local.host.keys import KEY_SETTING
from local.host.settings import LEASE_SETTING, OVERRIDE
from local.worlds import Policy

PREFIX = "REMEDIATOR_"
POLICY_FILE = f"{PREFIX}POLICY_FILE"
# Waits of the platform that are real time would be days on the clock of a fast world, so the stack
# shortens them by the app settings that override host.json.
HOST_OVERRIDES = {
    f"{OVERRIDE}extensions__queues__visibilityTimeout": "00:00:01",
    f"{OVERRIDE}extensions__queues__maxPollingInterval": "00:00:00.2",
    LEASE_SETTING: "10",
}


def duration(value: timedelta) -> str:
    """Return a duration in ISO 8601: days, hours, minutes and whole seconds."""
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"P{days}DT{hours}H{minutes}M{seconds}S"


POLICY: Mapping[str, Callable[[Policy], str]] = {
    "mode": lambda policy: policy.mode,
    "max_risk": lambda policy: policy.max_risk,
    "opt_in": lambda policy: ",".join(sorted(policy.opt_in)),
    "attempts": lambda policy: str(policy.attempts),
    "on_demand_per_day": lambda policy: str(policy.on_demand_per_day),
    "on_demand_per_72h": lambda policy: str(policy.on_demand_per_72h),
    "at_once_vault": lambda policy: str(policy.at_once_vault),
    "at_once_subscription": lambda policy: str(policy.at_once_subscription),
    "disruptive_per_hour": lambda policy: str(policy.disruptive_per_hour),
    "backup_hours": lambda policy: duration(policy.backup_hours),
    "cool_down": lambda policy: duration(policy.cool_down),
    "objective": lambda policy: duration(policy.objective),
    "storm_items": lambda policy: str(policy.storm_items or 0),
}


def of_policy(policy: Policy) -> dict[str, str]:
    """Return the app settings of a policy."""
    return {PREFIX + key.upper(): write(policy) for key, write in POLICY.items()}


def of_host(
    *,
    storage: str,
    arm_endpoint: str,
    clock: str,
    topic_endpoint: str,
    topic_key: str,
    host_key: str,
    scopes: Iterable[str],
    policy: Policy,
    policy_file: Path | None = None,
) -> dict[str, str]:
    """Return every app setting of the host; ``policy_file`` has the document, where one is."""
    document = {} if policy_file is None else {POLICY_FILE: str(policy_file)}
    return {
        **HOST_OVERRIDES,
        **of_policy(policy),
        **document,
        **{f"{PREFIX}IDENTITY_{role.upper()}": who for role, who in identities().items()},
        KEY_SETTING: host_key,
        "AzureWebJobsStorage": storage,
        "REMEDIATOR_ARM_ENDPOINT": arm_endpoint,
        "REMEDIATOR_CLOCK": clock,
        "REMEDIATOR_LOCAL": "true",
        "REMEDIATOR_SCOPES": ",".join(sorted(set(scopes))),
        "REMEDIATOR_TOPIC_ENDPOINT": topic_endpoint,
        "REMEDIATOR_TOPIC_KEY": topic_key,
        "WEBSITE_AUTH_ENABLED": "True",
    }
