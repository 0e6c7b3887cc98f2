"""The page of settings, written from the code: ``python -m tests.remediation.settings_page``."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from functions.deployment import DEPLOYMENT
from remediation.links.link import LASTS
from remediation.links.settings import LINKS
from remediation.model import Risk
from remediation.overrides.settings import OVERRIDES
from remediation.policies.settings import PLACES
from remediation.policy import Policy
from remediation.settings import PREFIX, SETTINGS
from remediation.upkeep import UPKEEP, Upkeep

PAGE = Path(__file__).parents[2] / "docs/settings.md"

HEAD = """\
# Settings

Everything is set by app settings of the function app. One that is absent or empty takes its
default. All are read together when the program starts, with the first event or call: whatever is
wrong is told at once, each fault with its setting's name, and with the place to change it. A name
that begins with `REMEDIATOR_` and that nobody knows is a fault too: a typing error would leave a
default in force. Until it is mended nothing is done; jobs that failed meanwhile are found by the
sweep afterwards. Durations are ISO 8601 (`PT6H`, `P7D`), lists are separated by commas.

This page is written by `python -m tests.remediation.settings_page`; a test holds it to the code.

## Policy: what may happen unasked

Without any of them the remediator observes: it decides and records, and changes nothing.

| setting | unit | default | why |
|---|---|---|---|
"""

DOCUMENT = """
## Policy document: the same, by scope

The settings above lie below a [policy document](policy.md), which says the same for subscriptions,
resource groups, vaults, tags and machines. What the document says wins, but for
`REMEDIATOR_MODE=off`: no document lifts that.

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
## Deployment: where things are, and as whom the app comes

No setting need hold a secret: storage, topic and Resource Manager are all opened by identity. Where
a key is used all the same, let the setting be a [Key Vault reference][references]. One that the
platform could not follow is refused at start (that of a link's key leaves links unsigned). Plain
text cannot be refused, as the platform hands over what a reference leads to and not the reference:
in Azure each setting whose secret an identity would save is warned about at start, by name.

Each [role](../infra/README.md#roles-of-the-identities) may have an identity of its own. Where one
is set, what needs the role is sent as it and as no other: an identity that the app does not have,
or that has no role, takes the power away. A token service that stumbles says nothing about a role:
what was not sent for it is tried again later.

[references]: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references

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
    deployment = (row(name, one.unit, one.default, one.why) for name, one in DEPLOYMENT.items())
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
