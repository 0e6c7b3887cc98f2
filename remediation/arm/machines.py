"""``Machines``: virtual machines, their surroundings, and the changes that may be made to them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from remediation.arm import instance_view, members, network, restore_points, run_commands
from remediation.arm.clients import COMPUTE_API, GROUPS_API, SUBSCRIPTIONS_API, ArmClients
from remediation.arm.errors import changing, deleting, present, reading, unread
from remediation.arm.fields import labels, text
from remediation.arm.operations import ONCE, accepted, look
from remediation.ids import ItemId
from remediation.messages import Finding, Outcome, Refused
from remediation.partnership import Group
from remediation.roles import Role
from remediation.views import Gone, Machine, RestorePoints, Unreadable

# The only publisher whose extensions may be deleted, whatever asks for it.
_OURS = "microsoft.azure.recoveryservices"


class ArmMachines:
    """``Machines`` over the compute SDK. Every change is sent once; nothing waits."""

    def __init__(self, clients: ArmClients) -> None:
        self._clients = clients

    def machine(self, item: ItemId) -> Machine | Gone | Unreadable:
        """Read the machine with its instance view and its own tags: one call."""

        def read() -> Machine:
            found = self._clients.compute(item.subscription).virtual_machines.get(
                item.group, item.name, expand="instanceView", api_version=COMPUTE_API
            )
            return instance_view.machine(item, found)

        return reading(f"machine {item.name}", read)

    def surrounding_tags(self, item: ItemId) -> Mapping[str, str] | Unreadable:
        """Read the tags of the machine's subscription and group; the group's win.

        Names of tags differ by more than their casing; both reads must succeed.
        """
        subscription = f"/subscriptions/{item.subscription}"
        group = f"{subscription}/resourceGroups/{quote(item.group, safe='')}"

        def read() -> dict[str, str]:
            outer = self._clients.read(f"{subscription}?api-version={SUBSCRIPTIONS_API}")
            inner = self._clients.read(f"{group}?api-version={GROUPS_API}")
            near = labels(inner, "tags")
            own = {name.lower() for name in near}
            far = {k: v for k, v in labels(outer, "tags").items() if k.lower() not in own}
            return {**far, **near}

        return present(f"tags around {item.name}", read)

    def members(self, subscription: str, group: Group) -> tuple[ItemId, ...] | Unreadable:
        """List the machines of a group of partners; none where the group is gone."""
        return members.members(self._clients, subscription, group)

    def restore_points(self, item: ItemId, group: str) -> RestorePoints | Unreadable:
        """Count the machine's restore points in the backup group."""
        return restore_points.count(self._clients, item, group)

    def reapply(self, item: ItemId, *, request_id: str) -> Outcome:
        """Start a reapply of the machine's model; ``handle`` is the operation's URL."""
        return self._start(Role.LOW, "begin_reapply", item, request_id)

    def restart(self, item: ItemId, *, request_id: str) -> Outcome:
        """Start a restart; ``handle`` is the operation's URL."""
        return self._start(Role.RESTART, "begin_restart", item, request_id)

    def delete_extension(self, item: ItemId, name: str, *, request_id: str) -> Outcome:
        """Start the deletion of one of Azure Backup's own extensions; absent is success.

        Its publisher is looked at first: another publisher's extension is never deleted. One that
        is not listed is deleted all the same, as managed-disk machines do not list it.
        """
        found = reading(f"extension {name}", lambda: self._publisher(item, name))
        if isinstance(found, Unreadable):
            return unread(found)
        if isinstance(found, str) and found.lower() != _OURS:
            reason = f"extension {name}: its publisher is {found!r}, not Azure Backup"
            return Refused(reason=reason, code="ForeignExtension")

        def send() -> Outcome:
            acting = self._clients.compute(item.subscription, Role.LOW)
            extensions = acting.virtual_machine_extensions
            response = extensions.begin_delete(
                item.group, item.name, name, request_id=request_id, **ONCE
            )
            return accepted(response.result())

        return deleting(Role.LOW, send)

    def run_script(
        self,
        item: ItemId,
        name: str,
        script: str,
        parameters: Mapping[str, str],
        *,
        location: str,
        request_id: str,
    ) -> Outcome:
        """Create a managed run command; transient where another script runs.

        ``handle`` is its name, also where it was already there.
        """
        return run_commands.run(
            self._clients,
            item,
            name,
            script,
            parameters,
            location=location,
            request_id=request_id,
        )

    def script_result(self, item: ItemId, name: str) -> Finding:
        """Look at a managed run command: ``Done`` carries the end of its output (4 KiB)."""
        return run_commands.result(self._clients, item, name)

    def delete_script(self, item: ItemId, name: str, *, request_id: str) -> Outcome:
        """Delete a managed run command that was read; absent is success."""
        return run_commands.delete(self._clients, item, name, request_id=request_id)

    def delete_collection(self, item: ItemId, group: str, name: str, *, request_id: str) -> Outcome:
        """Start the deletion of a restore point collection of this machine; absent is success."""
        return restore_points.delete(self._clients, item, group, name, request_id=request_id)

    def work_out_rules(self, interface: str, *, request_id: str) -> Outcome:
        """Ask for the security rules in effect; ``handle`` is where they will be found."""
        return network.work_out(self._clients, interface, request_id=request_id)

    def worked_out_rules(self, url: str) -> Finding:
        """Read those rules; a foreign address is never asked."""
        return network.worked_out(self._clients, url)

    def operation(self, url: str) -> Finding:
        """Look at a long-running operation; a foreign address is never asked."""
        return look(self._clients, url)

    def _start(self, role: Role, verb: str, item: ItemId, request_id: str) -> Outcome:
        def send() -> Outcome:
            machines: Any = self._clients.compute(item.subscription, role).virtual_machines
            poller = getattr(machines, verb)(item.group, item.name, request_id=request_id, **ONCE)
            return accepted(poller.result())

        return changing(role, send)

    def _publisher(self, item: ItemId, name: str) -> str:
        found: Any = self._clients.compute(item.subscription).virtual_machine_extensions.get(
            item.group, item.name, name, api_version=COMPUTE_API
        )
        return text(found, "properties", "publisher") or ""
