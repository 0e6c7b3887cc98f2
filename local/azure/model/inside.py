"""The inside of a guest: its facts, what a script would write beside them, and how they change."""

from collections.abc import Mapping

from local.azure.model.entities import Machine
from local.worlds import Fault, guests

_SERVICES = {
    "windows": ("WindowsAzureGuestAgent", "RdAgent", "IaasVmProvider", "VSS", "COMSysApp", "MSDTC"),
    "linux": ("walinuxagent", "sshd", "cron"),
}
_TOLD: Mapping[tuple[str, str], str] = {
    ("vss_writers", "bad"): "14 writers, not stable: System Writer [8], WMI Writer [9]",
    ("vss_service", "broken"): "VSS cannot be started: error 1058",
    ("com_services", "broken"): "COMSysApp=4, MSDTC=3 as LocalSystem",
    ("provider_service", "disabled"): "IaasVmProvider=4 (2 automatic, 3 manual, 4 disabled)",
    ("provider_service", "absent"): "IaasVmProvider is not installed",
    ("agent_config", "broken"): "Extensions.Enable=n, Provisioning.Agent=disabled",
    ("agent_version", "outdated"): "2.2.10 is installed, 2.11.1.12 is offered",
    ("system_disk", "full"): "212 MB free of 30720 MB on /",
    ("wire_server", "blocked"): "80: no answer, 32526: no answer, 443: open",
    ("dhcp", "off"): "eth0: static address, no lease",
    ("proxy", "set"): "WinHTTP proxy.example:8080",
    ("load", "high"): "processor 97 %, memory 62 %",
    ("pending_reboot", "yes"): "RebootRequired",
    ("mounts", "duplicate"): "/dev/sdc1 is mounted on /data and /backup",
    ("mounts", "unreachable"): "/mnt/share does not answer",
    ("freeze_config", "wrong_encoding"): "vmbackup.conf begins with a byte order mark",
    ("backup_extension_crash", "yes"): "IaaSBcdrExtension.exe crashed 3 times",
    ("applocker", "blocks"): "IaaSBcdrExtension.exe: DeniedByDefault",
    ("bitlocker", "on"): "D: 2 (1 protected, 2 locked or unknown)",
    ("installer_service", "disabled"): "msiserver=4",
    ("machine_keys", "broken"): "Administrators 0x0 on MachineKeys",
}


def show(machine: Machine) -> None:
    """Let the guest look as the machine's fault has it."""
    machine.guest = machine.vm.inside(machine.fault)


def mend(machine: Machine, fault: Fault) -> None:
    """Take a fault's symptoms away: each as the repair that would have cured it leaves it."""
    for action in sorted(fault.cured_by & set(guests.REPAIRS)):
        repair = guests.REPAIRS[action]
        machine.guest |= {
            name: value for name, value in repair.leaves.items() if name in machine.guest
        }


def set_facts(machine: Machine, sets: Mapping[str, str], *, broken: bool) -> None:
    """Set what a script has set; what a fault at work shows is back at once."""
    fault = machine.fault
    shown = guests.symptoms(fault.cured_by, fault.code, machine.vm.os) if fault and broken else {}
    machine.guest |= {**sets, **shown}


def findings(machine: Machine) -> dict[str, str]:
    """Return what an inspection writes for people: services, what is unusual, the log's end."""
    states = ", ".join(f"{name}=running" for name in _SERVICES[machine.vm.os])
    found = {"guest_services": states}
    healthy = guests.healthy(machine.vm.os)
    for name, value in machine.guest.items():
        if value != healthy.get(name) and (name, value) in _TOLD:
            found[f"{name}_detail"] = _TOLD[name, value]
    found["log_agent"] = "INFO ExtHandler [HEARTBEAT] Agent is running as the goal state agent"
    return found
