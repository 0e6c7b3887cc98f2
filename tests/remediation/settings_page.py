"""The page of settings, written from the code: ``python -m tests.remediation.settings_page``."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from remediation.links.link import LASTS
from remediation.links.settings import LINKS
from remediation.model import Risk
from remediation.overrides.settings import OVERRIDES
from remediation.policies.settings import PLACES
from remediation.policy import Policy
from remediation.settings import PREFIX, SETTINGS
from remediation.upkeep import UPKEEP, Upkeep

PAGE = Path(__file__).parents[2] / "docs/settings.md"

# What is read beside the policy: unit, default, why.
DEPLOYMENT = {
    "AzureWebJobsStorage": (
        "connection string, or settings of the same prefix for an identity",
        "",
        "The storage account of the function app: tables, queues and blobs.",
    ),
    "REMEDIATOR_TOPIC_ENDPOINT": (
        "URL of the Event Grid topic",
        "",
        "Failures travel over it, and people are told over it; without it nobody is told.",
    ),
    "REMEDIATOR_TOPIC_KEY": (
        "access key of the topic",
        "",
        "Only where the topic takes keys. Without it the managed identity signs.",
    ),
    "REMEDIATOR_ARM_ENDPOINT": (
        "URL of Azure Resource Manager",
        "https://management.azure.com",
        "Sovereign clouds have their own; a simulated Azure has one on this machine.",
    ),
    "REMEDIATOR_ANONYMOUS_READ": (
        "true or false",
        "false",
        "Lets callers read who show no identity; for a network that is closed otherwise.",
    ),
    "WEBSITE_AUTH_ENABLED": (
        "true or false",
        "false",
        "App Service sets it with its authentication: only then are principal headers believed.",
    ),
    "REMEDIATOR_LOCAL": (
        "true or false",
        "false",
        "One machine's stack: fixed credential, plain HTTP, tables made at start. Never in Azure.",
    ),
    "REMEDIATOR_CLOCK": (
        "epoch seconds;ISO 8601 start;speed",
        "",
        "A clock that runs faster, for a simulated world. Without it the wall's time counts.",
    ),
}

HEAD = """\
# Settings

Everything is set by app settings of the function app. One that is absent or empty takes its
default; all faults are told at once when the program starts, each with its name. Durations are
ISO 8601 (`PT6H`, `P7D`), lists are separated by commas.

This page is written by `python -m tests.remediation.settings_page`; a test holds it to the code.

## Policy: what may happen unasked

Without any of them the remediator observes: it decides and records, and changes nothing.

| setting | unit | default | why |
|---|---|---|---|
"""

DOCUMENT = """
## Policy document: the same, by scope

The settings above lie below a [policy document](policy.md), which says the same for subscriptions,
resource groups, vaults, tags and machines.

| setting | unit | default | why |
|---|---|---|---|
"""

MIDDLE = """
The objective is meant for daily backups. An item whose schedule runs more rarely has the longest
interval of its schedule and 26 hours, if that is more: a weekly item eight days and two hours.
People are told at the objective less the margin, and before that as soon as the next permitted step
lies later than it. What waits for the next scheduled run needs nobody and is in time without the
margin, if that run begins within the objective: at the defaults one failed nightly backup whose
remedy is the next night calls no one, the second one does. A run that gave no recovery point though
no job failed is looked into as soon as the objective as it is set has passed, on any schedule.

Where only the objective is set, the margin is at most an eighth of it. Attempts are remembered for
30 days, so no window and no cool-down may be longer.

## Overrides: playbooks of your own

[Playbooks](playbooks.md#playbooks-of-your-own) says what such a file may say.

| setting | unit | default | why |
|---|---|---|---|
"""

STANDING = """
## Upkeep: what stands too long

[Operations](operations.md) says what an operator does about it.

| setting | unit | default | why |
|---|---|---|---|
"""

PAGES = """
## Links: to the page of an incident

Notices have a link to the incident's page. It opens the page and approves nothing:
[events](events.md#links) says what its signature is for, and how a key is changed.

| setting | unit | default | why |
|---|---|---|---|
"""

LAST = """
## Deployment: where things are

| setting | unit | default | why |
|---|---|---|---|
"""


def iso(span: timedelta) -> str:
    """Write a duration as it is read."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = (
        (hours // 24, 0) if hours and not (hours % 24 or minutes or seconds) else (0, hours)
    )
    time = "".join(
        f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count
    )
    return f"P{f'{days}D' if days else ''}{f'T{time}' if time else ''}" if span else "PT0S"


def shown(value: object) -> str:
    """Write a default as it is set."""
    match value:
        case timedelta():
            return iso(value)
        case Risk():
            return value.word
        case StrEnum():
            return value.value
        case frozenset():
            return ",".join(sorted(value))
        case tuple():
            return ";".join(map(str, value))
        case _:
            return str(value)


def row(name: str, unit: str, default: str, why: str) -> str:
    """One line of a table."""
    return f"| `{name}` | {unit} | {f'`{default}`' if default else 'none'} | {why} |\n"


def policy_rows() -> Iterator[str]:
    """The policy's settings, in the order of its fields."""
    default = Policy()
    for field in fields(Policy):
        if field.name in {"owner", "pause"}:  # what tags and people say, no setting does
            continue
        setting = SETTINGS[field.name]
        value = shown(getattr(default, field.name))
        yield row(f"{PREFIX}{field.name.upper()}", setting.unit, value, setting.why)


def page() -> str:
    """The whole page."""
    deployment = (row(name, *texts) for name, texts in DEPLOYMENT.items())
    overrides = (
        row(f"{PREFIX}OVERRIDES_{name.upper()}", one.unit, "", one.why)
        for name, one in OVERRIDES.items()
    )
    links = (
        row(
            f"{PREFIX}LINK_{name.upper()}", one.unit, iso(LASTS) if name == "lasts" else "", one.why
        )
        for name, one in LINKS.items()
    )
    places = (
        row(f"{PREFIX}POLICY_{name.upper()}", one.unit, "", one.why) for name, one in PLACES.items()
    )
    default = Upkeep()
    values = {
        "incident_limit": default.limits.incident,
        "stuck_after": default.limits.stuck,
        "audit_retention": default.audit_retention,
    }
    upkeep = (
        row(f"{PREFIX}{name.upper()}", one.unit, iso(values[name]), one.why)
        for name, one in UPKEEP.items()
    )
    parts = (HEAD, *policy_rows(), DOCUMENT, *places, MIDDLE, *overrides, STANDING, *upkeep)
    return "".join((*parts, PAGES, *links, LAST, *deployment))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
