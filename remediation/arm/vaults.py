"""The vault as it is read in bulk: jobs, protected items with their schedules, one job."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from remediation.arm.clients import MOST_PAGES, ArmClients
from remediation.arm.errors import present, reading
from remediation.arm.fields import text, whole
from remediation.arm.jobs import is_machine_backup, job, jobs_filter
from remediation.arm.protection import protected_item
from remediation.arm.schedules import BackupPolicy, backup_policy
from remediation.ids import JobKey, VaultId
from remediation.ports import Clock, JobsRead
from remediation.views import Gone, Job, Protected, Unreadable

_REMAINING = "x-ms-ratelimit-remaining-subscription-resource-requests"
_MACHINES = "backupManagementType eq 'AzureIaasVM'"
# The filter needs an end; a day ahead covers any disagreement between clocks.
_AHEAD = timedelta(days=1)


class ArmVaults:
    """``VaultReader`` over the backup SDK. Each answer is complete or it is ``Unreadable``."""

    def __init__(self, clients: ArmClients, clock: Clock) -> None:
        self._clients = clients
        self._clock = clock

    def jobs(self, vault: VaultId, since: datetime) -> JobsRead | Unreadable:
        """List the backups of machines begun since then, all pages, with what is left to read."""
        return present(f"jobs of {vault.name}", lambda: self._jobs(vault, since))

    def job(self, key: JobKey) -> Job | Gone | Unreadable:
        """Read one job with its tasks and details; what is no backup of a machine is none here."""
        client = self._clients.backup(key.vault.subscription)

        def read() -> Job | Gone:
            found = client.job_details.get(key.vault.name, key.vault.group, key.job)
            if not is_machine_backup(found):
                return Gone(what=f"job {key}, as the backup of a machine")
            return job(key.vault, found)

        return reading(f"job {key}", read)

    def items(self, vault: VaultId) -> tuple[Protected, ...] | Unreadable:
        """List the protected machines, each joined with what its policy says."""
        return present(f"items of {vault.name}", lambda: self._items(vault))

    def _jobs(self, vault: VaultId, since: datetime) -> JobsRead:
        remaining: list[int] = []

        def note(answer: Any) -> None:  # noqa: ANN401 - the SDK's PipelineResponse
            left = whole(dict(answer.http_response.headers.lower_items()), _REMAINING)
            remaining.extend([] if left is None else [left])

        listed = self._clients.backup(vault.subscription).backup_jobs.list(
            vault.name,
            vault.group,
            filter=jobs_filter(since, self._clock.now() + _AHEAD),
            raw_response_hook=note,
        )
        found = tuple(job(vault, one) for one in every(listed) if is_machine_backup(one))
        return JobsRead(jobs=found, remaining=remaining[-1] if remaining else None)

    def _items(self, vault: VaultId) -> tuple[Protected, ...]:
        client = self._clients.backup(vault.subscription)
        policies = self._policies(vault)
        listed = client.backup_protected_items.list(
            vault.name, vault.group, filter=f"{_MACHINES} and itemType eq 'VM'"
        )
        found = (protected_item(vault, one, policies) for one in every(listed))
        return tuple(one for one in found if one is not None)

    def _policies(self, vault: VaultId) -> dict[str, BackupPolicy]:
        listed = self._clients.backup(vault.subscription).backup_policies.list(
            vault.name, vault.group, filter=_MACHINES
        )
        named = ((text(one, "id"), one) for one in every(listed))
        return {id_.lower(): backup_policy(one) for id_, one in named if id_ is not None}


def every(listed: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 - the SDK's ItemPaged
    """Yield the elements of all pages; raises ValueError for a list that does not end."""
    pages: Iterable[Iterable[Mapping[str, Any]]] = listed.by_page()
    for number, page in enumerate(pages):
        if number >= MOST_PAGES:
            raise ValueError(f"the list has more than {MOST_PAGES} pages")
        yield from page
