"""``GET /api/policy``: the policy in effect for a machine, and where each value comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from console import lookup
from console.api.parameters import Parameters, Text
from console.problem import ProblemError
from console.services import Services
from remediation.ids import ItemId, VaultId
from remediation.policies.shown import Row, rows
from remediation.policies.tag_list import read_tags
from remediation.views import Unreadable


class Asked(Parameters):
    """A machine; its vault and tags are looked up where they are not given."""

    item: Text = Field(description="The machine's ARM id, or a name only one machine has.")
    vault: Text | None = Field(None, description="Its vault's ARM id, or a name only one has.")
    tags: Annotated[str, Field(max_length=4000)] | None = Field(
        None, description="Tags as `name=value`, by comma, instead of those the machine has."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """The policy of a machine.

    ``tags``: read, given, or why they could not be read. ``document`` is in force, ``digest`` its
    SHA-256; ``fault`` says why the newest one is not. ``notes``: what tags said and did not get.
    """

    item: str
    vault: str | None
    tags: str
    document: str | None
    digest: str | None
    fault: str | None
    notes: tuple[str, ...]
    values: tuple[Row, ...]


def routes(services: Services) -> APIRouter:
    """Return the route of the policy."""
    router = APIRouter(tags=["policy"])

    @router.get("/policy", summary="Show the policy of a machine, and where each value comes from")
    def policy(asked: Annotated[Asked, Query()]) -> PolicyView:
        item = lookup.machine(services, asked.item, "item")
        if item is None:
            detail = f"no incident is of a machine called {asked.item[:80]!r}: name its ARM id"
            raise ProblemError(404, "no-machine", detail, field="item")
        vault = _vault(services, item, asked.vault)
        tags, told = _tags(services, item, asked.tags)
        found = services.policies.effective(item, vault, tags)
        standing = services.policies.standing()
        outside = () if found.policy.covers(item.subscription) else (_outside(item),)
        return PolicyView(
            item=item.shown,
            vault=vault.shown if vault else None,
            tags=told,
            document=standing.document,
            digest=standing.digest,
            fault=standing.fault,
            notes=(*outside, *found.notes),
            values=rows(found),
        )

    return router


def _outside(item: ItemId) -> str:
    return f"subscription {item.subscription} is not in scope (REMEDIATOR_SCOPES)"


def _vault(services: Services, item: ItemId, given: str | None) -> VaultId | None:
    if given is not None:
        found = lookup.vault(services, given, "vault")
        if found is None:
            detail = f"no incident is of a vault called {given[:80]!r}: name its ARM id"
            raise ProblemError(404, "no-vault", detail, field="vault")
        return found
    return lookup.newest_vault(services, item)


def _tags(
    services: Services, item: ItemId, given: str | None
) -> tuple[Mapping[str, str] | None, str]:
    if given is not None:
        try:
            return read_tags(given), "given"
        except ValueError as fault:
            raise ProblemError(422, "invalid-request", str(fault), field="tags") from fault
    engine = services.retrigger.reception.engine
    found = engine.eyes.tags(item, engine.tools.machines.machine(item))
    if isinstance(found, Unreadable):
        return None, f"could not be read, so nothing is done: {found.reason}"
    return found, "read"
