"""The policy's page, from the code: ``python -m tests.remediation.policies.policy_page``."""

import re
from collections.abc import Iterator
from pathlib import Path

from remediation.policies.keys import APPROVALS, LIMITS, TAGS, Key, Kind
from remediation.policies.shown import in_order, plain
from remediation.policy import Policy
from remediation.settings import SETTINGS

PAGE = Path(__file__).parents[3] / "docs/policy.md"
EXAMPLE = """\
version: 1
defaults:
  mode: observe
  max_risk: low
  objective: PT50H
  closed_dates: [2026-12-24, 2026-12-25, 2026-12-26]
  limits: {attempts: 4, cool_down: PT6H}
scopes:
  - name: web servers
    match: {subscription: 11111111-2222-3333-4444-555555555555, resource_group: "rg-web-*"}
    mode: auto
    max_risk: guest_service
    windows: ["sat,sun 22:00-04:00 Europe/Berlin"]
  - name: databases
    match: {tags: {role: database}}
    mode: approve
    objective: PT26H
"""
HEAD = f"""\
# The policy

What may happen unasked, for which machines: one document, read and checked as a whole. Without any
document and any setting the remediator observes: it decides and records what it would have done,
and changes nothing.

This page is written by `python -m tests.remediation.policies.policy_page`; tests hold it to the
code, and read every example on it.

```yaml
{EXAMPLE}```

The document lies in a file (`REMEDIATOR_POLICY_FILE`) or a blob (`REMEDIATOR_POLICY_BLOB`, as
`container/name`). It is YAML; `remediation/policies/policy.schema.json` is its JSON schema, for
editors. Durations are ISO 8601 (`PT6H`, `P7D`). `remediator policy check FILE` tells every fault
with its line; `remediator policy show --for VM` shows what holds for a machine, and where each
value comes from.

## What holds for a machine

From wide to narrow: the program's own defaults, [app settings](settings.md), the document's
`defaults`, its `scopes`, the owner's tags. The narrowest that says something wins, value by value.
With one exception: where the app setting `REMEDIATOR_MODE` says `off`, nothing is changed, whatever
document, scope, tag or `promoted` says. An `off` in the document is a value like any other.

A scope has a `name`, a `match` and values. Everything in its `match` must hold; case does not
matter. How narrow it is follows from the narrowest key of its match, in this order; of two scopes
of one width the later in the document wins.

| key of `match` | what it matches |
|---|---|
| `subscription` | the machine's subscription, by its id |
| `resource_group` | the machine's resource group, by its name; `*` and `?` stand for letters |
| `vault` | the vault that protects it, by ARM id, or by its name in any group |
| `tags` | tags that the machine, its group or subscription has: each name with this value |
| `item` | the machine itself, by its ARM id |

## Values

| key | unit | default | why |
|---|---|---|---|
"""
LISTS = """
A list replaces that of a wider scope; an empty one takes it away. `opt_in`, `promoted`,
`windows`, `closed_dates`, `database_values`, `partner_tags` and `criticality_values` are lists
here, and texts with separators in app settings.

An action that is `promoted` runs as in `auto` where the mode is `observe` or `approve`, with every
other guard; where the mode is `off` it does not. So automation comes action by action, scope by
scope: [promotion](promotion.md) says how, and `remediator promote` writes the change.
"""
LIMITS_HEAD = """
## Limits

Below `limits`. Attempts are remembered for 30 days, so no window and no cool-down may be longer.
`at_once_subscription` and `disruptive_per_hour` count over a whole subscription and `at_once_vault`
over a vault: they stand in defaults, or in a scope that matches by nothing narrower. Disruptive is
an action from the risk `guest_service` on: it disturbs services or settings of a guest, what
machines share, or the machine. What needs no guest is not, nor is a backup, which has limits of its
own. It is counted as it begins, before its intent, and for an hour, whatever becomes of it; 0 is
none at all.

| key | unit | default | why |
|---|---|---|---|
"""
APPROVALS_HEAD = """
## Approvals

Below `approvals`.

| key | unit | default | why |
|---|---|---|---|
"""
TAGS_HEAD = """
## Names of tags

Below `tags`, in `defaults` only: a tag means the same everywhere.

| key | unit | default | why |
|---|---|---|---|
"""
TAIL = """
What a deployment listens to is no policy: `REMEDIATOR_SCOPES` is an app setting only.

Where an objective is set and the margin comes from a wider scope, the margin is at most an eighth
of that objective.

## Windows

`sat,sun 22:00-04:00 Europe/Berlin`: days (`mon` to `sun`, by comma, as a range such as `mon-fri`,
or `daily`), times, and an IANA time zone. An end that is not later than the beginning is on the
next day; `00:00-24:00` is a whole day. Two windows of a list may not overlap, on any day of the
year.

A window is open only while the wall clock of its zone shows one of its times. Where clocks go
forward, a beginning or an end that does not exist is the moment of the change. Where they go back,
a beginning that comes twice is its second coming, and an end its first; a window that lies inside
the hour that comes twice opens at its first.

On `closed_dates` every window is closed from midnight to midnight of its zone, also one that began
the evening before.

A rung that says so, and every action from the risk `window_from_risk` on, runs inside a window only.
Outside it waits for the next opening; where no window is set it is skipped, and `remediator why`
says so. What was begun inside a window is proved and undone at any time.

## Tags of owners

Whoever owns a machine, but not the policy, speaks by tags on the machine, its resource group or its
subscription; the nearest counts. Names and values may be written in any case.

| tag | says |
|---|---|
| `backup-remediation` = `off` | leave the machine alone |
| `backup-remediation` = `observe` | decide and record, change nothing |
| `backup-remediation` = `approve` | a person says yes to every change |
| `backup-remediation` = `on` or `auto` | as the policy says |
| `backup-remediation-window` = `sat,sun 22:00-04:00 Europe/Berlin` | only then may it be disrupted; several by semicolon |
| `backup-remediation-risk` = `low` | risks up to this one |
| `criticality` = `high` | goes before others whose deadlines are as near |

Tags make it more careful than the policy, never bolder, with one exception: up to the risk
`tag_risk_ceiling` a tag may allow more. Where a tag says `observe` or `approve`, that is for what is
`promoted`, too. An owner's window narrows those of the policy; where the
policy has none, it opens for risks up to that ceiling only.

A tag that cannot be understood (`backup-remediation: of`, a window without a zone) makes the machine
observed only, and `remediator why` names the tag and what was expected. Where one name serves both
exclusion and observation, any other value is such a mistake; an exclusion by some other tag, as
`environment: lab`, minds that one value only. Tags that cannot be read at all: nothing is done.

## Partners

Machines that stand in for one another are worked on one at a time, and while the others are well.
Partners are the machines of an availability set, of a scale set (flexible orchestration), or with
one value of a tag named in `partner_tags`, in one subscription; case does not matter. Two machines
in two zones are partners where one of these says so: a zone alone says nothing about who stands in
for whom, and a proximity placement group says who is near. A tag counts on the machine itself, not
on its group: what is billed together need not stand in for one another.

No change is made to a machine, its backup included, while another of its partners

- is worked on by us, from the first step of an attempt to the end of its proof; not while the
  attempt is held back, or left to the next scheduled backup to judge,
- is being started, stopped or changed by anybody, or cannot be read,
- and for what is disruptive (`guest_service` and above): while it is switched off, its provisioning
  has failed, or its agent does not report. One that was deallocated on purpose keeps no backup from
  being tried again; and where all partners have the same ailment of an agent, the repairs that need
  no guest still run.

The guard `partner` names the partner and why, and looks again within 20 minutes. Of those who wait
for a partner that is worked on by us the most urgent is called as soon as that has ended; a call
that is lost costs no more than its next look. Where partners cannot be told or read, nothing is
begun. In a group with more than 50 others nothing disruptive is
begun, and below that only who is worked on by us counts: the others are not read. The remedy is a
tag that names fewer. Azure lists by the exact value of a tag: machines
whose values differ in casing are never worked on together, but whether they are well is not seen.
To look only needs no partner, and to put a lock back neither.

## Databases

A snapshot freezes what a database writes, and a full one may break the chain of the database's own
backups. So a machine with a database takes no backup but those of its schedule: no retry, and no
clean-up, which is a backup too. A retry waits for the next scheduled run, which does what it would
have done; after that run the rung is skipped and the ladder goes on. A repair of such a machine is
proved by its next scheduled backup. `database_backup: on_demand`, for a scope, is the owner's yes
to more.

What tells of a database: the tag `database_tag` with one of `database_values`, on the machine, its
group or subscription; Azure's own extension for SQL Server; the extension by which a vault backs up
SQL Server, SAP HANA or another database inside a machine; and what a look into the guest found.

## What goes first

Where work competes (places for backups of a vault or subscription, permits in a storm, what a sweep
wakes) the most urgent goes first: the nearest deadline, in steps of an hour; within the same hour the
more critical machine, by the tag `criticality_tag` and the order of `criticality_values`; then the
nearer deadline. The deadline is the last good point plus `objective` less `margin`. A machine without
the tag, or with a value that is not in the order, counts as the middle of it.

Who finds no place stands in line. One that is free is kept for the most urgent there, which is called
at once; who asks before it is told for whom. Who was called and does not come within five minutes has
lost its turn, and everybody asks again by itself in a quarter of an hour: a machine whose incident
ended, or whose worker died, blocks nobody. As a deadline does not move, those that come later never
pass one that waits, unless theirs is nearer. A partner that is done calls the most urgent who waits for
it, too; nothing is kept for that one, and whoever asks first goes first.

## When the document changes

It is looked at again every 30 seconds at most, so that `mode: off` or `observe` stops the next
change of a machine within that time; mode, pauses, exclusion and approval are asked once more right
before each call. An operation that is already running in Azure is watched to its end, and a lock
that was taken away goes back whatever the policy says.

| what happens | what holds |
|---|---|
| a new document has a fault | it is refused with line and reason, once, as an alarm and a notice; the last good one stays in force, also over a restart |
| there is no last good one | nothing is changed (`mode: off`); failures are still recorded, and people are told |
| the document cannot be read, and was before | what was read stays in force; an alarm a day |
| the document cannot be read when the program starts | nothing is changed until it can be |

The last good document is kept in the container `policies` of the app's storage account.

## Pauses

A pause is no part of the document: an operator sets it at once, by `remediator pause`, for `*` or an
ARM id (subscription, resource group, vault, machine), with a reason and an end within fourteen days.
It covers the machines below that id, and those that a vault below it protects.

While it holds, nothing new is sent to Azure for what it covers, looks into guests included:
`remediator why` names who paused it, why and until when. Failures are still recorded and deadlines
still watched, so that people are told in time. What is under way is watched to its end; a repair
that was done is proved by the next scheduled backup where that comes first; a lock that is away
goes back, and a clean-up that still waited for it is given up.

Pauses are read again every 10 seconds at most, and asked once more right before each call: a new one
stops the next change within 30 seconds. Pauses that cannot be read stop everything until they can.
When a pause ends the ladder goes on; when somebody lifts one, with the next sweep. Who set and who
lifted each stands in the ledger and is never removed.
"""  # noqa: E501 - rows of tables stand on one line


def row(key: Key) -> str:
    """One line of a table."""
    setting, value = SETTINGS[key.field], plain(getattr(Policy(), key.field))
    unit = (
        re.sub(", by (comma|semicolon)", "", setting.unit)
        if key.kind is Kind.LIST
        else setting.unit
    )
    shown = ", ".join(value) if isinstance(value, tuple) else value
    default = f"`{shown}`" if shown != "" else "none"
    default = f"`{shown}`" if value != () else "none"
    return f"| `{key.name}` | {unit} | {default} | {setting.why} |\n"


def table(group: str | None) -> Iterator[str]:
    """The lines of a group."""
    return (row(key) for key in in_order() if key.group == group)


def page() -> str:
    """The whole page."""
    parts = (
        HEAD,
        *table(None),
        LISTS,
        LIMITS_HEAD,
        *table(LIMITS),
        APPROVALS_HEAD,
        *table(APPROVALS),
        TAGS_HEAD,
        *table(TAGS),
        TAIL,
    )
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
