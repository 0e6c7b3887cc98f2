"""What hostile bytes are fed into, and what must hold of each: one function a door.

A target returns where everything held, and raises where something did not. Hypothesis calls them in
the tests, atheris in ``make fuzz``: the same function for both.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from remediation.duties import Duty
from remediation.ids import ItemId, ProtectedId, ResourceId, VaultId, machine_of_container
from remediation.intake import Incoming, from_alert, from_event, from_text, to_cloud_event
from remediation.messages import FailureReported, Rejected, VaultNudged
from remediation.pauses import read_scope
from remediation.policies.document import read_document
from remediation.redact import bounded, redact
from remediation.windows import read_window
from state import codec
from state.duties import scope_of
from state.index import read_cursor
from state.layout import marker_row, plain_key
from state.ledger import entry
from state.versions import Version
from state.wakeups import due_at, parse_wakeup, wakeup_text
from tests.hostile.texts import SUBSCRIPTION, planted
from tests.upgrades.values import AT
from tests.upgrades.vocabulary import STORED

SCOPES = frozenset({SUBSCRIPTION})
_PLAIN = re.compile(r"[-\w.();/]+")

type Target = Callable[[bytes], None]


def alert_door(body: bytes) -> None:
    """Any body of an alert is a report in scope, or a rejection that tells no secret."""
    _judged(from_alert(body, SCOPES), body)


def event_door(body: bytes) -> None:
    """Any message of the queue is JSON with an outcome for each event, or belongs to the poison."""
    try:
        found = from_text(body, SCOPES)
    except ValueError as fault:
        _clean(redact(str(fault)), body)
        return
    assert found
    for one in found:
        _judged(one, body)


def push_door(body: bytes) -> None:
    """Whatever Event Grid pushes has an outcome: nothing raises."""
    tree: Any = {"specversion": "1.0", "data": body.decode(errors="replace")}
    for one in from_event([tree, tree["data"], None], SCOPES):
        _judged(one, body)


def wakeup_door(body: bytes) -> None:
    """A wake-up is read, and would be written as it was meant, or is refused by its field."""
    text = body.decode(errors="surrogateescape")
    try:
        found = parse_wakeup(text)
    except ValueError:
        return
    assert parse_wakeup(wakeup_text(found, at=AT)) == found
    try:
        due_at(text)
    except ValueError:
        return


def stored_texts(body: bytes) -> None:
    """Any text in storage is a value that is written as it is read, or is refused by its field."""
    text = body.decode(errors="surrogateescape")
    for kind in (*STORED, Duty):
        try:
            found: Any = codec.decode(kind, text)
        except ValueError:
            continue
        assert codec.decode(kind, codec.encode(found)) == found


def ids(body: bytes) -> None:
    """What is taken for an id holds nothing that an address, a key or a shell would read."""
    text = body.decode(errors="replace")
    for kind in (ItemId, VaultId):
        if (found := _read(kind.parse, text)) is not None:
            _fit(found)
    if (protected := _read(ProtectedId.parse, text)) is not None:
        _fit(protected.vault)
        _read(lambda _: protected.machine, text)
    for read in (machine_of_container, scope_of, read_scope, read_cursor, Version.parse):
        _read(read, text)
    _read(read_window, text)
    _read(lambda one: plain_key(one, "incident"), text)


def redaction(body: bytes) -> None:
    """No control character is left, a second pass changes nothing, and a bound holds."""
    text = body.decode(errors="surrogateescape")
    once = redact(text)
    assert redact(once) == once
    once.encode()
    assert not any(_steers(one) for one in once)
    assert len(bounded(text, 50).encode()) <= 50


def policy_document(body: bytes) -> None:
    """A document is read or refused with line and field."""
    _read(lambda data: read_document(data, "policy"), body)


TARGETS: Mapping[str, Target] = {
    "alert_door": alert_door,
    "event_door": event_door,
    "push_door": push_door,
    "wakeup_door": wakeup_door,
    "stored_texts": stored_texts,
    "ids": ids,
    "redaction": redaction,
    "policy_document": policy_document,
}


def _judged(one: Incoming, body: bytes) -> None:
    match one:
        case Rejected(reason=reason, text=text):
            _clean(reason, body)
            _clean(text, body)
            assert len(text.encode()) <= 32_768
            kept = entry(one, AT, 1)
            assert (kept.reason, kept.text) == (reason, text)
        case VaultNudged(vault=vault):
            assert vault.subscription.lower() in SCOPES
            _fit(vault)
        case FailureReported(job=job, item=item):
            for found in (job.vault, *([item] if item else [])):
                assert found.subscription.lower() in SCOPES
                _fit(found)
            marker_row(job)
            (again,) = from_event(to_cloud_event(one, AT), SCOPES)
            assert isinstance(again, FailureReported)
            assert (again.job, again.item) == (job, item)


def _fit(found: ResourceId) -> None:
    assert _PLAIN.fullmatch(found.shown), found.shown
    # Equality is on the lower-cased whole: no letter may become another's by it.
    assert all(one.isascii() or not one.lower().isascii() for one in found.shown), found.shown
    assert ".." not in found.shown
    if found.shown.isascii():
        assert type(found).parse(found.shown.upper()) == found


def _clean(text: str, body: bytes) -> None:
    for leak in planted(body):
        assert leak not in text, text
    assert not any(_steers(one) for one in text), repr(text)


def _steers(one: str) -> bool:
    if one in "\n\t":
        return False
    return unicodedata.category(one) in {"Cc", "Cs"} or 0x202A <= ord(one) <= 0x202E


def _read[V, T](read: Callable[[V], T], value: V) -> T | None:
    try:
        return read(value)
    except ValueError:
        return None
