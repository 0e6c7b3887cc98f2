"""Advice: what a person does about a fact that a look found out. Pure.

A playbook's remedy speaks of its cause as such; an inspection often finds the one thing that is
wrong with this machine. Sources: the support articles on failed backups of virtual machines, and
the pages on the guest agent, VSS and network of Azure Backup.
"""

from collections.abc import Mapping
from types import MappingProxyType

_ADVICE = {
    ("agent_service", "stopped"): (
        "The guest agent's service is stopped. Windows: Start-Service WindowsAzureGuestAgent; "
        "Linux: systemctl start walinuxagent (Debian, Ubuntu) or waagent (others)."
    ),
    ("agent_service", "disabled"): (
        "The guest agent's service is disabled. Windows: Set-Service WindowsAzureGuestAgent "
        "-StartupType Automatic, then start it; Linux: systemctl enable --now walinuxagent or "
        "waagent."
    ),
    ("agent_service", "missing"): (
        "There is no guest agent. Windows: install the current MSI "
        "(https://go.microsoft.com/fwlink/?LinkID=394789); Linux: install walinuxagent or "
        "WALinuxAgent from the distribution's own repository."
    ),
    ("agent_version", "outdated"): (
        "The guest agent is out of date. Update it while no backup runs. Windows: install the "
        "current MSI (https://go.microsoft.com/fwlink/?LinkID=394789); Linux: from the "
        "distribution's own repository (apt-get install --only-upgrade walinuxagent, dnf update "
        "WALinuxAgent, zypper update python-azure-agent)."
    ),
    ("agent_config", "broken"): (
        "/etc/waagent.conf keeps extensions from running. Set Extensions.Enable=y and "
        "Provisioning.Agent=auto, then restart the agent."
    ),
    ("applocker", "blocks"): (
        "AppLocker keeps IaaSBcdrExtension.exe from running. Allow the directory "
        r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot in its policy."
    ),
    ("backup_extension_crash", "yes"): (
        "IaaSBcdrExtension.exe crashes; an antivirus often is the reason. Exclude "
        r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot and "
        r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot from scanning."
    ),
    ("com_services", "broken"): (
        "COM+ does not work. Start the COM+ System Application (net start COMSysApp) and see that "
        r"the Distributed Transaction Coordinator runs as NT AUTHORITY\NetworkService."
    ),
    ("dhcp", "off"): (
        "DHCP is off in the guest: the platform's address is learnt through its option 245. Turn "
        "DHCP on for the primary interface and set fixed addresses in Azure, not in the guest."
    ),
    ("disks", "too_large"): (
        "A disk is larger than Azure Backup takes: 32 TB, or 4 TB where it is encrypted from "
        "inside. Split it, or leave it out by selective disk backup."
    ),
    ("dotnet", "missing"): ".NET Framework 4.5 or later is missing; the guest agent needs it.",
    ("freeze_config", "wrong_encoding"): (
        "/etc/azure/vmbackup.conf is not ASCII. Keep a copy, then: iconv -f UTF-8 -t "
        "ASCII//TRANSLIT -o /tmp/vmbackup.conf /etc/azure/vmbackup.conf, and move it back."
    ),
    ("installer_service", "disabled"): (
        "Windows Installer is disabled. Set-Service msiserver -StartupType Manual."
    ),
    ("load", "high"): (
        "CPU or memory is above 90 %: the snapshot waits and times out. Back up at a quieter hour, "
        "or give the machine a larger size."
    ),
    ("machine_keys", "broken"): (
        r"The rights on C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys are not the default ones. "
        "Restore them (Everyone: read and write to this folder; Administrators: full control)."
    ),
    ("mounts", "duplicate"): (
        "One file system is mounted twice, or two on one point. Unmount the second one (findmnt "
        "shows both), and take it out of /etc/fstab."
    ),
    ("mounts", "unreachable"): (
        "A mounted file system does not answer. Bring its server back or unmount it (umount -l), "
        "or name it under MountsToSkip in /etc/azure/vmbackup.conf."
    ),
    ("outbound", "blocked"): (
        "A network security group denies what a backup needs. Allow outbound TCP 443 to the "
        "service tags Storage and AzureBackup, and 168.63.129.16 on ports 80 and 32526."
    ),
    ("pending_reboot", "yes"): (
        "The machine waits for a restart to finish an update. Restart it in its maintenance window."
    ),
    ("provider_service", "disabled"): (
        "The snapshot provider's service is disabled. Set-Service IaasVmProvider -StartupType "
        "Automatic, then start it."
    ),
    ("provider_service", "absent"): (
        "The snapshot provider's service is missing: the backup extension installs it. Delete the "
        "extension VMSnapshot; the next backup brings it back."
    ),
    ("proxy", "set"): (
        "A proxy is set for the system account. Let 168.63.129.16 and *.blob.core.windows.net pass "
        "it: bitsadmin /Util /SetIEProxy LOCALSYSTEM NO_PROXY on Windows, no_proxy on Linux."
    ),
    ("python", "missing"): "Python is missing; the guest agent and its extensions need it.",
    ("selinux", "enforcing"): (
        "SELinux enforces its policy. See in /var/log/audit/audit.log whether it denies the agent; "
        "if so, exclude /var/lib/waagent."
    ),
    ("strong_crypto", "not_set"): (
        ".NET may not use strong encryption. Set SchUseStrongCrypto=1 (DWORD) under "
        r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 and below WOW6432Node."
    ),
    ("system_disk", "full"): (
        "The system disk is full: free some gigabytes on it. The extension unpacks itself and "
        "keeps its logs there."
    ),
    ("vc_runtime", "missing"): (
        "The Visual C++ 2013 redistributable (x64) is missing. Install vcredist2013_x64 from the "
        "extension's own directory."
    ),
    ("vss_service", "broken"): (
        "The Volume Shadow Copy service does not work: net stop VSS, net start VSS, while no "
        "backup runs; if that does not help, restart the machine at its next downtime."
    ),
    ("vss_writers", "bad"): (
        "A VSS writer is in a bad state (vssadmin list writers). Restart the service it belongs "
        "to, in agreement with the application's owner; else restart the machine at its next "
        "downtime."
    ),
    ("wire_server", "blocked"): (
        "The platform's address 168.63.129.16 cannot be reached on ports 80 and 32526. See that no "
        "firewall in the guest and no proxy stands in between."
    ),
}

ADVICE: Mapping[tuple[str, str], str] = MappingProxyType(_ADVICE)


def advice(facts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what to do about the facts that call for something, in the order of their names."""
    return tuple(ADVICE[one] for one in sorted(facts.items()) if one in ADVICE)
