"""Words for people: what actions, statuses, conditions and guards are called."""

from collections.abc import Mapping

from remediation.incident import Status

ACTIONS: Mapping[str, str] = {
    "collect_evidence": "Collect evidence",
    "inspect_guest": "Look into the guest",
    "inspect_network": "Work out the network's rules",
    "wait": "Give it time",
    "wait_for_schedule": "Wait for the next scheduled backup",
    "wait_for_running_job": "Wait for the running job to end",
    "retry_backup": "Back up on demand",
    "clean_up_restore_points": "Back up on demand, so that old restore points are cleaned up",
    "reapply_vm": "Reapply the machine's model",
    "reinstall_extension": "Reinstall the backup extension",
    "restart_agent": "Restart the guest agent",
    "repair_agent_config": "Repair the guest agent's configuration",
    "update_agent": "Update the guest agent from the distribution's repository",
    "set_verbose_logging": "Let the guest agent log everything for some hours",
    "repair_provider_service": "Enable the snapshot provider's service",
    "repair_com_services": "Start COM+, and give its coordinator the right account",
    "restart_vss_writers": "Restart the services of bad VSS writers",
    "set_vss_copy_backup": "Let VSS make copy backups",
    "set_snapshot_method": "Take the host's snapshot before the guest's",
    "set_snapshot_without_threads": "Take snapshots one after the other",
    "clear_lock": "Lift the lock on the backup group while old restore points are cleaned up",
    "restart_vm": "Restart the machine",
    "delete_restore_point_collection": "Delete the restore point collection",
}

STATUSES: Mapping[Status, str] = {
    Status.ASSESSING: "assessing",
    Status.ACTING: "acting",
    Status.PROVING: "proving",
    Status.WAITING: "waiting",
    Status.ESCALATED: "needs you",
    Status.RECOVERED: "recovered",
    Status.RECOVERED_DEGRADED: "recovered, degraded",
    Status.CLOSED: "closed",
}

_FACTS: Mapping[str, str] = {
    "os": "the system",
    "power": "power",
    "agent": "the guest agent",
    "provisioning": "provisioning",
    "backup_extension": "the backup extension",
    "other_extension": "every other extension",
    "lock": "the lock on the backup group",
    "restore_points": "the count of restore points",
    "running_job": "a running job",
    "protection": "protection",
    "disks": "the size of disks",
    "encryption": "encryption from inside",
    "agent_service": "the agent's service",
    "agent_version": "the agent's version",
    "agent_config": "the agent's configuration",
    "applocker": "AppLocker",
    "backup_extension_crash": "a crash of the backup extension",
    "bitlocker": "BitLocker",
    "com_services": "COM+",
    "database_host": "a database on the machine",
    "dhcp": "DHCP in the guest",
    "dotnet": ".NET",
    "freeze_config": "the configuration of freezing",
    "installer_service": "Windows Installer",
    "load": "the machine's load",
    "machine_keys": "the rights on machine keys",
    "mounts": "mounted file systems",
    "outbound": "the way out of the network",
    "pending_reboot": "a pending restart",
    "provider_service": "the snapshot provider's service",
    "proxy": "a proxy",
    "python": "Python",
    "selinux": "SELinux",
    "snapshot_method": "the snapshot method",
    "strong_crypto": "strong encryption in .NET",
    "system_disk": "the system disk",
    "vc_runtime": "the Visual C++ runtime",
    "vss_copy_backup": "VSS copy backup",
    "vss_service": "the VSS service",
    "vss_writers": "VSS writers",
    "wire_server": "the platform's address",
}


# Of these one cannot say that they are "bad" or "yes" with "is".
_SEVERAL = frozenset({"machine_keys", "mounts", "vss_writers"})


def condition(name: str, allowed: tuple[str, ...]) -> str:
    """Return a condition: ``power is running or stopped``, or ``VSS writers: bad``."""
    values = " or ".join(one.replace("_", " ") for one in allowed)
    listed = name in _SEVERAL or not {"yes", "no"}.isdisjoint(allowed)
    return f"{_FACTS.get(name, name)}{':' if listed else ' is'} {values}"


def action(name: str) -> str:
    """Return what an action is called; an unknown one by its own name."""
    return ACTIONS.get(name, name)
