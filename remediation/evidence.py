"""Evidence: what one look saw, in short texts for records and people. Pure."""

from collections.abc import Iterator

from remediation.incident import Incident
from remediation.picture import Picture, facts
from remediation.views import AgentState, Gone, Machine, RestorePoints, VaultSnapshot

# So many machines of one vault that start together are worth telling (support article: many
# machines on one schedule).
CROWD = 20


def described(picture: Picture, incident: Incident, limit: int) -> dict[str, str]:
    """Return the evidence by name; ``limit`` is the most restore points a machine may have."""
    found = facts(picture, incident, limit)
    if isinstance(picture.machine, Machine):
        found |= dict(_of_machine(picture.machine))
    elif isinstance(picture.machine, Gone):
        found["machine"] = "does not exist"
    if isinstance(picture.restore_points, RestorePoints):
        found["restore_point_count"] = str(picture.restore_points.count)
        found["backup_group"] = picture.restore_points.group
    if isinstance(picture.locks, tuple) and picture.locks:
        found["locks"] = "; ".join(
            f"{one.level} {one.name} on {one.scope}" for one in picture.locks
        )
    return found | dict(_of_schedule(picture, incident))


def _of_machine(machine: Machine) -> Iterator[tuple[str, str]]:
    agent = machine.agent
    yield "installed_agent", agent.version or "not told"
    if agent.state is not AgentState.READY:
        # A healthy agent reports every few minutes; that would be news at every look.
        yield "agent_reported_at", agent.reported_at.isoformat() if agent.reported_at else "never"
    if agent.message:
        yield "agent_message", agent.message
    failing = [
        f"{one.publisher}/{one.kind} ({one.name}): {one.message or one.state}"
        for one in machine.extensions
        if one.state == "failed"
    ]
    if failing:
        yield "failed_extensions", "; ".join(failing)
    if machine.disk_sizes:
        yield "disk_sizes", f"{', '.join(map(str, machine.disk_sizes))} GiB"
    placed = _placed(machine)
    if placed:
        yield "placement", placed
    if machine.key_vaults:
        yield "key_vaults", ", ".join(machine.key_vaults)


def _placed(machine: Machine) -> str:
    """Say in which availability set, scale set and zone the machine stands."""
    sets = (("availability set", machine.availability_set), ("scale set", machine.scale_set))
    named = [f"{kind} {name.rpartition('/')[2].lower()}" for kind, name in sets if name]
    return ", ".join([*named, *(f"zone {zone}" for zone in machine.zones)])


def _of_schedule(picture: Picture, incident: Incident) -> Iterator[tuple[str, str]]:
    """Yield how many machines of the vault start when this one does, where that is a crowd."""
    own = picture.protected(incident)
    if not isinstance(picture.snapshot, VaultSnapshot) or own is None or own.schedule is None:
        return
    together = sum(one.schedule == own.schedule for one in picture.snapshot.items)
    if together >= CROWD:
        many = f"{together} of {len(picture.snapshot.items)} machines of the vault"
        yield "schedule", f"{many} start at the same time: spread their schedules"
