"""Rows that change under their ETag, and answers that were lost on the way."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceResponseError,
)
from azure.data.tables import TableServiceClient, UpdateMode

type Row = Mapping[str, Any]
type Operation = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], dict[str, Any]]


# Counts the writes of the whole process: two adapters of one writer must not sign alike.
_NUMBERS = itertools.count(1)


class GuardedTable:
    """A table whose rows are inserted once and replaced under their ETag.

    ``writer`` is unique a process. Every write carries a token of it: the SDK repeats a request
    whose answer was lost, and a repeat is then refused because of its own first try.
    """

    def __init__(self, service: TableServiceClient, name: str, *, writer: str) -> None:
        self.client = service.get_table_client(name)
        self._writer = writer

    def token(self) -> str:
        """Return a token that no other write carries, in this process or another."""
        return f"{self._writer}-{next(_NUMBERS)}"

    def get(self, partition: str, key: str) -> Row | None:
        """Return a row, or None where there is none."""
        try:
            return self.client.get_entity(partition, key)
        except ResourceNotFoundError:
            return None

    def query(
        self,
        condition: str,
        *,
        top: int | None = None,
        per_page: int | None = None,
        select: Sequence[str] | None = None,
        **parameters: object,
    ) -> Iterator[Row]:
        """Return the rows that meet an OData condition with ``@names`` for the parameters.

        ``top``: how many at most. ``per_page``: how many a request answers, where fewer than it
        could may be wanted. ``select`` names the properties that are wanted; None: all.
        The SDK finds the names between blanks only: ``( RowKey eq @key )``.
        """
        size = per_page or top
        options: dict[str, Any] = {} if size is None else {"results_per_page": size}
        if select is not None:
            options["select"] = list(select)
        found = self.client.query_entities(condition, parameters=parameters, **options)
        return iter(found) if top is None else itertools.islice(found, top)

    def put(self, row: Mapping[str, Any], *, version: str | None) -> str | None:
        """Insert (version None) or replace under the version.

        Returns the new version; None where somebody else was first.
        """
        token = self.token()
        signed = {**row, "commit": token}
        try:
            if version is None:
                return str(self.client.create_entity(signed)["etag"])
            return str(
                self.client.update_entity(
                    signed,
                    mode=UpdateMode.REPLACE,
                    etag=version,
                    match_condition=MatchConditions.IfNotModified,
                )["etag"]
            )
        except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError):
            return self.signed_by(token, row)
        except ServiceResponseError:
            if (done := self.signed_by(token, row)) is None:
                raise
            return done

    def signed_by(self, token: str, row: Mapping[str, Any]) -> str | None:
        """Return the version of the row that stands there if the write of that token made it."""
        kept = self.get(row["PartitionKey"], row["RowKey"])
        return version_of(kept) if kept is not None and kept.get("commit") == token else None

    def remove(self, partition: str, key: str) -> None:
        """Remove a row; nothing happens where there is none."""
        self.client.delete_entity(partition, key)


def version_of(row: Row) -> str:
    """Return the version of a row that was read."""
    return str(row.metadata["etag"])  # type: ignore[attr-defined]


def replacing(row: Mapping[str, Any], version: str | None) -> Operation:
    """Return the operation of a transaction that inserts a row or replaces it under its version."""
    if version is None:
        return "create", dict(row)
    options = {
        "mode": UpdateMode.REPLACE,
        "etag": version,
        "match_condition": MatchConditions.IfNotModified,
    }
    return "update", dict(row), options
