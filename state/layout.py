"""Where things stand in the storage account: names of tables, queues and containers, and keys.

Table names take letters and digits only; keys must hold no slash of either kind, no ``#`` or ``?``
and no control character.
"""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta

from remediation.ids import JobKey, VaultId

INCIDENTS = "incidents"
INDEX = "index"
DUTIES = "duties"
VAULTS = "vaults"
LEDGER = "ledger"
STORMS = "storms"
TABLES = (INCIDENTS, INDEX, DUTIES, VAULTS, LEDGER, STORMS)

EVENTS_QUEUE = "backup-events"
WAKEUPS_QUEUE = "wakeups"
QUEUES = (EVENTS_QUEUE, WAKEUPS_QUEUE)
# The Functions host moves a message there after ``maxDequeueCount`` deliveries.
POISON_SUFFIX = "-poison"

EVIDENCE = "evidence"
SNAPSHOTS = "snapshots"
DEAD_LETTERS = "dead-letters"
# The last good policy document, for after a restart.
POLICIES = "policies"
# A day's heads of all chains. The container's retention is time-based: what lies there is written
# once, and nobody may change or remove it before its time.
ANCHORS = "anchors"
CONTAINERS = (EVIDENCE, SNAPSHOTS, DEAD_LETTERS, POLICIES, ANCHORS)

ITEM_ROW = "0|item"
OPEN_ROW = "1|open"
# What is read when an item is loaded: its history and its open incident, in one range.
LOAD_FROM, LOAD_BELOW = "0|", "1|~"
CLOSED_FROM, CLOSED_BELOW = "3|incident|", "3|incident|~"
RECORDS_FROM, RECORDS_BELOW = "4|record|", "4|record|~"
# What stands for the records of an incident that retention removed; sorts right behind records.
STUBS_FROM, STUBS_BELOW = "5|stub|", "5|stub|~"
VAULTS_FROM, VAULTS_BELOW = "snapshot|", "snapshot|~"
CLAIMS_FROM, CLAIMS_BELOW = "partner|", "partner|~"

_PLAIN_KEY = re.compile(r"[-\w.:]{1,200}", re.ASCII)
_TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Microseconds from 1970 to the year 9999 have 18 digits.
_LAST_TICK = 10**18 - 1


def hashed(text: str) -> str:
    """Return a key of 32 hex digits for a text that may hold what a key may not."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def plain_key(text: str, what: str) -> str:
    """Return ``text`` if it may stand in a row key; raises ValueError that names ``what``."""
    if _PLAIN_KEY.fullmatch(text) is None:
        raise ValueError(f"{what} must be 1 to 200 letters, digits or -_.: to be a key: {text!r}")
    return text


def marker_row(job: JobKey) -> str:
    """Return the row key of a failure's marker."""
    name = job.job if _PLAIN_KEY.fullmatch(job.job) else hashed(job.job)
    return f"2|job|{job.vault.partition}|{name}"


def closed_row(incident: str) -> str:
    """Return the row key of an ended incident's head."""
    return f"{CLOSED_FROM}{plain_key(incident, 'incident')}"


def record_row(incident: str, sequence: int) -> str:
    """Return the row key of a record; rows of an incident sort by their sequence."""
    return f"{RECORDS_FROM}{plain_key(incident, 'incident')}|{sequence:010}"


def stub_row(incident: str) -> str:
    """Return the row key of what stands for an incident's records when they are removed."""
    return f"{STUBS_FROM}{plain_key(incident, 'incident')}"


def day(at: datetime) -> str:
    """Return the UTC day, ``YYYY-MM-DD``: the partition of what is kept by day."""
    return at.astimezone(UTC).date().isoformat()


def day_before(name: str, days: int = 1) -> str:
    """Return the name of the day that lies ``days`` before."""
    return (date.fromisoformat(name) - timedelta(days=days)).isoformat()


def index_row(opened_at: datetime, incident: str) -> str:
    """Return the row key of an incident in its day: rows sort newest first."""
    return f"{descending(opened_at)}|{plain_key(incident, 'incident')}"


def descending(at: datetime) -> str:
    """Return 18 digits for a time, smaller for a later one: rows under it sort newest first."""
    return f"{_LAST_TICK - (at - _EPOCH) // _TICK:018}"


def snapshot_row(vault: VaultId) -> str:
    """Return the row key of a vault's snapshot in its subscription's partition."""
    return f"snapshot|{vault.partition}"


def job_row(job: JobKey) -> str:
    """Return the row key of an ended job's details in its subscription's partition."""
    return f"job|{job.vault.partition}|{hashed(job.job)}"


def claim_row(group: str) -> str:
    """Return the row key of a group of partners in its subscription's partition."""
    return f"{CLAIMS_FROM}{hashed(group)}"
