"""Machines and vaults by name: a name is enough where only one that we know of has it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus

from console.problem import ProblemError
from console.services import Services
from remediation.ids import ItemId, VaultId
from remediation.ports import IndexRow

# How far back, and how many incidents at most, a name is looked for in.
_BACK = timedelta(days=400)
_MOST, _BLOCK = 20_000, 500


def machine(services: Services, text: str, field: str) -> ItemId | None:
    """Return the machine of an ARM id or name; None where no incident is of a machine so named.

    Raises ProblemError: 422 for what is neither, 409 for a name that several machines have.
    """
    return _one(services, text, field, ItemId.parse, lambda row: row.item)


def vault(services: Services, text: str, field: str) -> VaultId | None:
    """Return the vault of an ARM id or name; as ``machine``."""
    return _one(services, text, field, VaultId.parse, lambda row: row.vault)


def _one[I: (ItemId, VaultId)](
    services: Services,
    text: str,
    field: str,
    parse: Callable[[str], I],
    pick: Callable[[IndexRow], I],
) -> I | None:
    if "/" in text:
        try:
            return parse(text)
        except ValueError as fault:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            raise ProblemError(status, "invalid-request", str(fault), field=field) from fault
    named = (pick(row) for row in _rows(services))
    found = {one.key: one for one in named if one.name.lower() == text.lower()}
    if len(found) > 1:
        ids = sorted(one.shown for one in found.values())
        detail = f"{len(ids)} are called {text[:80]}: name one by its ARM id"
        raise ProblemError(
            HTTPStatus.CONFLICT, "ambiguous-name", detail, field=field, candidates=ids
        )
    return next(iter(found.values()), None)


def _rows(services: Services) -> Iterator[IndexRow]:
    now = services.clock.now()
    since, until = now - _BACK, now + timedelta(days=1)
    cursor: str | None = None
    for _ in range(_MOST // _BLOCK):
        rows, cursor = services.index.page(since=since, until=until, cursor=cursor, size=_BLOCK)
        yield from rows
        if cursor is None:
            return


def newest_vault(services: Services, item: ItemId) -> VaultId | None:
    """Return the vault of the machine's newest incident; None where it never had one."""
    return next((row.vault for row in _rows(services) if row.item == item), None)
