"""Claims on groups of partners: one row a group in its subscription's partition, under its ETag."""

from collections.abc import Callable
from datetime import datetime

from azure.data.tables import TableServiceClient

from remediation.partnership import Claim, Claimed, claimed_over, given_back, waited_for
from remediation.urgency import Waiter
from state import codec, layout
from state.guarded import GuardedTable, Row, version_of

# Each lost try is somebody else's success, so this many workers may ask at the same instant.
_TRIES = 100
_STANDING = "PartitionKey eq @one and RowKey ge @first and RowKey lt @below and body ne @none"


class TableClaims:
    """``Claims`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.VAULTS, writer=writer)

    def take(self, subscription: str, group: str, claim: Claim, now: datetime) -> Claim | None:
        """Take the group for a claim, or keep it; the answer is who has it instead, else None."""
        refused: list[Claim] = []

        def taken(standing: Claim | None) -> Claim | None:
            made = claimed_over(standing, claim, now)
            refused[:] = [standing] if made is None and standing is not None else []
            return made or standing

        self._change(subscription, group, taken)
        return refused[0] if refused else None

    def find(self, subscription: str, group: str) -> Claim | None:
        """Return the claim that stands on a group, also one whose time is over."""
        return self._read(subscription, group)[0]

    def wait(self, subscription: str, group: str, waiter: Waiter, now: datetime) -> None:
        """Stand in line for a group that is claimed; nothing happens where it is not."""
        self._change(subscription, group, lambda standing: waited_for(standing, waiter, now))

    def free(self, subscription: str, group: str, holder: str, upto: int) -> tuple[Waiter, ...]:
        """Give a group back, unless it was asked for later; returns who waited for it."""
        waited: tuple[Waiter, ...] = ()

        def freed(standing: Claim | None) -> Claim | None:
            nonlocal waited
            left = given_back(standing, holder, upto)
            waited = standing.line if standing is not None and left is None else ()
            return left

        self._change(subscription, group, freed)
        return waited

    def all(self, subscription: str) -> tuple[Claimed, ...]:
        """Return every claim in a subscription."""
        rows = self._table.query(
            _STANDING,
            one=subscription.lower(),
            first=layout.CLAIMS_FROM,
            below=layout.CLAIMS_BELOW,
            none="",
        )
        found = ((str(row["group"]), _claim(row)) for row in rows)
        return tuple(Claimed(group=group, claim=claim) for group, claim in found if claim)

    def _change(
        self, subscription: str, group: str, make: Callable[[Claim | None], Claim | None]
    ) -> None:
        for _ in range(_TRIES):
            standing, version = self._read(subscription, group)
            made = make(standing)
            if made == standing or self._write(subscription, group, made, version):
                return
        raise RuntimeError(f"the claim on {group} could not be changed: too many ask at once")

    def _read(self, subscription: str, group: str) -> tuple[Claim | None, str | None]:
        row = self._table.get(subscription.lower(), layout.claim_row(group))
        return (None, None) if row is None else (_claim(row), version_of(row))

    def _write(
        self, subscription: str, group: str, claim: Claim | None, version: str | None
    ) -> bool:
        # A row whose claim was given back stays, empty: a deletion is no cheaper, and the next
        # claim finds a version to be replaced under.
        row = {
            "PartitionKey": subscription.lower(),
            "RowKey": layout.claim_row(group),
            "group": group,
            "body": codec.encode(claim) if claim else "",
        }
        return self._table.put(row, version=version) is not None


def _claim(row: Row) -> Claim | None:
    body = str(row["body"])
    return codec.decode(Claim, body) if body else None
