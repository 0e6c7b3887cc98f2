"""What callers do to a machine through Compute: reapply, restart, extensions, run commands."""

from datetime import datetime, timedelta
from typing import Literal

from local.azure.model import faults, inside, names, network, scripts
from local.azure.model.entities import Change, Estate, Machine, Operation, RunCommand

MOST_RUN_COMMANDS = 25
_STUCK_SECONDS = 5400
_SILENT = (
    "VMAgentStatusCommunicationError",
    "VM has not reported status for VM agent or extensions. Please verify that the agent runs.",
)


def agent_status(machine: Machine, now: datetime) -> Literal["ready", "not_ready", "absent"]:
    """Return what the agent would truly say now; what Azure shows of it may be stale."""
    if machine.agent == "ready" and machine.quiet_until is not None and now < machine.quiet_until:
        return "not_ready"
    match machine.agent:
        case "ready":
            return "ready"
        case "absent":
            return "absent"
        case _:
            return "not_ready"


def is_reachable(machine: Machine, now: datetime) -> bool:
    """Tell whether a run command or an extension's removal can reach the guest."""
    return machine.vm.power == "running" and agent_status(machine, now) == "ready"


def _operation(estate: Estate, machine: Machine, kind: str, now: datetime) -> Operation:
    """Enter a new long-running operation."""
    operation = Operation(
        id=names.derived(estate.seed, kind, len(estate.operations)),
        kind=kind,
        started=now,
        machine=machine,
        location=machine.location,
    )
    estate.operations[operation.id] = operation
    return operation


def _finish(operation: Operation, now: datetime, error: tuple[str, str] | None = None) -> None:
    """End an operation."""
    operation.status = "Failed" if error else "Succeeded"
    operation.ended, operation.error = now, error


def reapply(estate: Estate, machine: Machine, now: datetime) -> Operation:
    """Apply the machine's model again; the cure, if it is one, takes hold when this has ended."""
    machine.changes.append(Change(time=now, what="reapply"))
    operation = _operation(estate, machine, "reapply", now)

    def end(at: datetime) -> None:
        faults.cure(estate, machine, "reapply_vm", at)
        _finish(operation, at)

    estate.agenda.after(now, machine.chance.uniform(20, 90), end)
    return operation


def restart(estate: Estate, machine: Machine, now: datetime) -> Operation:
    """Restart the machine; a healthy agent reports again a minute or two later."""
    machine.changes.append(Change(time=now, what="restart"))
    operation = _operation(estate, machine, "restart", now)

    def end(at: datetime) -> None:
        machine.restarted = at
        if machine.agent == "ready":
            _fall_silent(estate, machine, at)
        faults.cure(estate, machine, "restart_vm", at)
        _finish(operation, at)

    estate.agenda.after(now, machine.chance.uniform(30, 120), end)
    return operation


def _fall_silent(
    estate: Estate, machine: Machine, now: datetime, *, cures: tuple[str, ...] = ()
) -> None:
    """Let the agent be quiet and report again with a later time, 1 to 3 minutes from now."""
    wait = timedelta(seconds=machine.chance.uniform(60, 180))

    def back(at: datetime) -> None:
        machine.agent_since, machine.quiet_until = at, None
        for action in cures:
            faults.cure(estate, machine, action, at)

    machine.agent_since = now
    machine.quiet_until = now + wait
    estate.agenda.plan(machine.quiet_until, back)


def delete_extension(
    estate: Estate, machine: Machine, name: str, now: datetime
) -> Operation | None:
    """Remove an extension; ``None`` if absent. Without a reporting agent the removal sticks."""
    extension = next(
        (e for e in machine.extensions.values() if e.name.lower() == name.lower()), None
    )
    machine.changes.append(Change(time=now, what=f"delete extension {name}"))
    own = name.lower() == machine.extension_name.lower()
    if extension is None:
        return None
    operation = _operation(estate, machine, "delete_extension", now)
    extension.state = "Deleting"
    if not is_reachable(machine, now):
        estate.agenda.after(now, _STUCK_SECONDS, lambda at: _finish(operation, at, _SILENT))
        return operation

    def end(at: datetime) -> None:
        machine.extensions.pop(extension.name, None)
        if own:
            faults.cure(estate, machine, "reinstall_extension", at)
        _finish(operation, at)

    estate.agenda.after(now, machine.chance.uniform(20, 120), end)
    return operation


def running_command(machine: Machine) -> RunCommand | None:
    """Return the run command that is being executed; there is never more than one."""
    return next((c for c in machine.run_commands.values() if c.state == "Running"), None)


def put_run_command(
    estate: Estate,
    machine: Machine,
    *,
    name: str,
    script: str,
    parameters: dict[str, str],
    async_execution: bool,
    timeout: float,
    now: datetime,
) -> tuple[RunCommand, Operation]:
    """Execute a script in the guest; the caller has made sure that no other one runs."""
    machine.changes.append(Change(time=now, what=f"run command {name}"))
    command = RunCommand(
        name=name,
        script=script,
        parameters=parameters,
        async_execution=async_execution,
        started=now,
    )
    machine.run_commands[name.lower()] = command
    operation = _operation(estate, machine, "run_command", now)
    if not is_reachable(machine, now):
        estate.agenda.after(now, timeout, lambda at: _time_out(command, operation, at))
        return command, operation

    def end(at: datetime) -> None:
        if not _execute(estate, machine, command, at):
            # It hangs: the platform gives it up when its time is over.
            deadline = now + timedelta(seconds=timeout)
            estate.agenda.plan(deadline, lambda due: _time_out(command, operation, due))
            return
        if operation.ended is None:
            _finish(operation, at)

    if async_execution:
        estate.agenda.after(now, 5, lambda at: _finish(operation, at))
    estate.agenda.after(now, machine.chance.uniform(20, 60), end)
    return command, operation


def _time_out(command: RunCommand, operation: Operation, now: datetime) -> None:
    """Give a command up that never reached the guest."""
    command.state, command.ended, command.exit_code = "TimedOut", now, 1
    if operation.ended is None:
        _finish(operation, now, _SILENT)


def _execute(estate: Estate, machine: Machine, command: RunCommand, now: datetime) -> bool:
    """Do in the guest what the script says, as far as this world knows it; False: it hangs."""
    result = scripts.run(machine, command.script, command.parameters)
    if result.hangs:
        return False
    command.ended, command.exit_code = now, result.exit_code
    command.state = "Succeeded" if result.exit_code == 0 else "Failed"
    command.output = result.output[-scripts.LONGEST_OUTPUT :]
    command.error = result.error[-scripts.LONGEST_OUTPUT :]
    if result.restart_after is None:
        for action in result.cures:
            faults.cure(estate, machine, action, now)
    inside.set_facts(machine, result.sets, broken=faults.is_active(machine))
    if result.restart_after is not None:
        estate.agenda.after(
            now,
            result.restart_after,
            lambda at: _fall_silent(estate, machine, at, cures=result.cures),
        )
    return True


def delete_collection(estate: Estate, machine: Machine, now: datetime) -> Operation:
    """Delete the restore point collection; the first try or two end in a time-out."""
    machine.changes.append(Change(time=now, what="delete restore point collection"))
    operation = _operation(estate, machine, "delete_collection", now)
    collection = machine.collection

    def end(at: datetime) -> None:
        if collection.failing_deletes > 0:
            collection.failing_deletes -= 1
            text = "The operation timed out. Try again."
            _finish(operation, at, ("RestorePointCollectionDeleteTimedOut", text))
            return
        collection.points.clear()
        collection.exists = False
        faults.cure(estate, machine, "delete_restore_point_collection", at)
        _finish(operation, at)

    estate.agenda.after(now, machine.chance.uniform(60, 600), end)
    return operation


def delete_run_command(
    estate: Estate, machine: Machine, command: RunCommand, now: datetime
) -> Operation:
    """Delete a managed run command; it is gone a few seconds later."""
    operation = _operation(estate, machine, "delete_run_command", now)

    def end(at: datetime) -> None:
        if machine.run_commands.get(command.name.lower()) is command:
            del machine.run_commands[command.name.lower()]
        _finish(operation, at)

    estate.agenda.after(now, machine.chance.uniform(3, 15), end)
    return operation


def work_out_rules(estate: Estate, machine: Machine, now: datetime) -> Operation:
    """Work out the security rules in effect on a machine's interface; it takes some seconds."""
    operation = _operation(estate, machine, network.EFFECTIVE_RULES, now)
    estate.agenda.after(now, machine.chance.uniform(3, 25), lambda at: _finish(operation, at))
    return operation
