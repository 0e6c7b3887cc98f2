"""What the Windows scripts may touch is written down: services, registry keys, values, folders."""

import re

import pytest
from tree_sitter import Node

from remediation.repertoire import INSPECTED
from tests.remediation.scripts.windows.syntax import (
    LINED_REPAIRS,
    NAMES,
    REPAIRS,
    arguments,
    calls,
    constant,
    every,
    functions,
    literals,
    members,
    said,
    source,
    statements,
    tree,
)

# Services that a repair may restart or set, by script.
SERVICES = {
    "repair_com_services": {"COMSysApp", "MSDTC"},
    "repair_provider_service": {"IaasVmProvider"},
    "restart_agent": {"WindowsAzureGuestAgent"},
    "restart_vss_writers": {
        "AppHostSvc",
        "BITS",
        "CryptSvc",
        "SQLWriter",
        "VSS",
        "WSearch",
        "Winmgmt",
    },
}
# Database engines, Exchange, directory, replication, cluster, Hyper-V, and roles others depend on.
NEVER_RESTARTED = re.compile(
    r"(?i)MSSQL.*|SQLAGENT.*|SQLSERVERAGENT|Oracle.*|MySQL.*|postgresql.*|MongoDB.*|DB2.*"
    r"|MSExchange.*|NTDS|ADWS|DFSR|NtFrs|Kdc|Netlogon|ADAM_.*|CertSvc|ClusSvc|vmms|vmcompute"
    r"|DHCPServer|DNS|WINS|W3SVC|IISADMIN|TermService|EventSystem|RpcSs|LanmanServer|SPTimer.*"
)
# Writers whose services belong to those, with the class each has on every machine.
FOREIGN_WRITERS = {
    "Microsoft Exchange Writer": "76FE1AC4-15F7-4BCD-987E-8E1ACB462FB7",
    "NTDS": "B2014C9E-8711-4C5C-A5A9-3CF384484757",
    "ADAM": "DD846AAA-A1B6-42A8-AAF8-03DCB6114BFD",
    "DFS Replication": "2707761B-2324-473D-88EB-EB007A359533",
    "FRS": "D76F5A28-3092-4589-BA48-2958FB88CE29",
    "Hyper-V": "66841CD4-6DED-4F4B-8F17-FD23F8DDC3DE",
    "Cluster Database": "41E12264-35D8-479B-8E5C-9B23D1DAD37E",
    "Cluster Shared Volume": "1072AE1C-E5A7-4EA1-9E4A-6F7964656570",
    "Certificate Authority": "6F5B15B5-DA24-4D88-B737-63063E3A1F86",
    "Dhcp Jet Writer": "BE9AC81E-3619-421F-920F-4C6FEA9E93AD",
    "WINS Jet Writer": "F08C1483-8407-4A26-8C26-6C267A629741",
    "WIDWriter": "8D5194E1-E455-434A-B2E5-51296CCE67DF",
    "MSMQ": "7E47B561-971A-46E6-96B9-696EEAA53B2A",
    "IIS Metabase": "59B1F0CF-90EF-465F-9609-6CA8B2938366",
}
# The documented values, all texts (REG_SZ), under the backup extension's own keys.
KEYS = {
    "set_snapshot_method": (
        r"SOFTWARE\Microsoft\BcdrAgentPersistentKeys",
        {"SnapshotMethod": "firstHostThenGuest", "CalculateSnapshotTimeFromHost": "True"},
    ),
    "set_snapshot_without_threads": (
        r"SOFTWARE\Microsoft\BcdrAgentPersistentKeys",
        {"SnapshotWithoutThreads": "True"},
    ),
    "set_vss_copy_backup": (r"SOFTWARE\Microsoft\BcdrAgent", {"USEVSSCOPYBACKUP": "TRUE"}),
}
# Registry keys that are read, the variable parts as they stand in the script.
READ = {
    r"S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings",
    r"SOFTWARE\Microsoft\.NETFramework\v4.0.30319",
    r"SOFTWARE\Microsoft\BcdrAgent",
    r"SOFTWARE\Microsoft\BcdrAgentPersistentKeys",
    r"SOFTWARE\Microsoft\Virtual Machine\Guest",
    r"SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full",
    r"SOFTWARE\Microsoft\VisualStudio\12.0\VC\Runtimes\x64",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\$path",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections",
    r"SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe",
    r"SYSTEM\CurrentControlSet\Control\Session Manager",
    r"SYSTEM\CurrentControlSet\Services\$Name",
    r"SYSTEM\CurrentControlSet\Services\MSDTC",
}


def _listed(name: str, variable: str) -> set[str]:
    return set(literals(constant(tree(name), variable)))


@pytest.mark.parametrize("name", ["repair_com_services", "restart_vss_writers"])
def test_only_listed_services_are_restarted(name: str) -> None:
    """The list is literal, and the one function that stops a service refuses any other name."""
    assert _listed(name, "$restartable") == SERVICES[name]
    stopping = {
        function for function, node in functions(name).items() if "Stop" in set(members(node))
    }
    assert stopping == {"Restart-Listed"}
    body = said(functions(name)["Restart-Listed"])
    refusal = 'if ($restartable -cnotcontains $Name) { throw "not on the list: $Name" }'
    assert refusal in body
    assert body.index(refusal) < body.index(".Stop()")
    assert not any("Stop" in set(members(statement)) for statement in statements(name))


@pytest.mark.parametrize("name", REPAIRS)
def test_a_service_is_set_by_its_literal_name(name: str) -> None:
    """No name that was computed reaches a change of a service's settings."""
    for call, node in calls(tree(name)):
        if call == "Set-Service":
            values = [said(value) for value in arguments(node)]
            assert values[:2] == ["-Name", values[1]]
            assert values[1] in SERVICES[name]
            assert values[2:] in (["-StartupType", "Automatic"], ["-StartupType", "Manual"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_forbidden_service_is_ever_restarted(name: str) -> None:
    """Engines, Exchange, directories, clusters and hypervisors are never touched."""
    may_stop = _listed(name, "$mayStop") if "$mayStop" in source(name) else set()

    assert not [one for one in SERVICES[name] | may_stop if NEVER_RESTARTED.fullmatch(one)]


def test_a_running_dependent_that_may_not_stop_ends_the_attempt() -> None:
    """Stopping a service stops what depends on it, whatever that is."""
    for name in ("repair_com_services", "restart_vss_writers"):
        body = said(functions(name)["Restart-Listed"])
        guard = 'if (@(Get-Dependents $Name).Count -gt 0) { throw "running dependents of $Name" }'
        assert guard in body
        assert body.index(guard) < body.index(".Stop()")
        assert _listed(name, "$mayStop") <= {
            "AppIDSvc",
            "COMSysApp",
            "IaasVmProvider",
            "UALSVC",
            "iphlpsvc",
        }


def test_each_writer_on_the_list_has_the_service_that_hosts_it() -> None:
    """Writers are known by class, as their names are not the same everywhere."""
    body = said(constant(tree("restart_vss_writers"), "$hosts"))
    hosts = dict(re.findall(r"'([0-9A-F-]{36})' = '(\w+)'", body))

    assert len(hosts) == 10
    assert set(hosts.values()) == SERVICES["restart_vss_writers"]
    assert not hosts.keys() & set(FOREIGN_WRITERS.values())
    assert hosts["A65FAA63-5EA8-4EBC-9DBD-A0C4DB26912A"] == "SQLWriter"


def test_a_bad_writer_off_the_list_refuses_before_anything_is_touched() -> None:
    """The order of the statements: look, refuse, and only then the marker and the restarts."""
    order = [said(statement) for statement in statements("restart_vss_writers")]
    refusal = next(i for i, text in enumerate(order) if "writer_not_on_the_list" in text)
    marker = order.index("New-Marker")
    restart = next(i for i, text in enumerate(order) if "Restart-Listed" in text)

    assert refusal < marker < restart
    assert any("Test-Held" in text and "snapshot_in_progress" in text for text in order[:marker])


@pytest.mark.parametrize(
    "name", ["repair_com_services", "repair_provider_service", "restart_vss_writers"]
)
def test_services_stay_while_a_snapshot_is_taken(name: str) -> None:
    """A service that stops under a snapshot breaks the backup it should heal."""
    order = [said(statement) for statement in statements(name)]

    assert "if (Test-Snapshot) { Write-Answer 'refused' 'snapshot_in_progress' 3 }" in order
    assert order.index(
        "if (Test-Snapshot) { Write-Answer 'refused' 'snapshot_in_progress' 3 }"
    ) < order.index("New-Marker")


@pytest.mark.parametrize("name", KEYS)
def test_only_the_documented_values_are_written(name: str) -> None:
    """Key, names and texts are those of Microsoft's article, written as text."""
    path, values = KEYS[name]

    assert list(literals(constant(tree(name), "$path"))) == [path]
    pairs = re.findall(r"(\w+) = '(\w+)'", said(constant(tree(name), "$values")))
    assert dict(pairs) == values
    assert ".SetValue($Name, $Text, 'String')" in source(name)
    assert said(functions(name)["Set-Value"]).count("CreateSubKey($path)") == 1


def test_only_those_scripts_write_to_the_registry() -> None:
    """Every other script reads it."""
    writing = {
        name
        for name in NAMES
        if {"SetValue", "CreateSubKey", "DeleteValue"} & set(members(tree(name)))
    }

    assert writing == KEYS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_only_listed_registry_keys_are_named(name: str) -> None:
    """A key that nobody thought about is not read either."""
    named = {
        text for text in literals(tree(name)) if re.match(r"(?i)(software|system|s-1-5-18)\\", text)
    }

    assert named <= READ


@pytest.mark.parametrize("name", KEYS)
def test_what_was_there_before_is_kept_before_it_is_changed(name: str) -> None:
    """The undo is a command for each value, written down before the first change."""
    text = source(name)
    undo = said(functions(name)["Get-Undo"])

    assert '"reg.exe delete $place /f /reg:64"' in undo
    assert "/t REG_SZ /d" in undo
    assert "/t REG_DWORD /d" in undo
    main = next(said(one) for one in statements(name) if "Save-Undo" in said(one))
    assert main.index("Save-Undo") < main.index("Set-Value")
    assert "Set-Value $name $before[$name] ''" in main
    assert "Write-Answer 'unchanged' 'already_set' 0" in text


def test_copy_backups_are_refused_where_exchange_needs_full_ones() -> None:
    """A copy backup never truncates Exchange's logs: the disk would fill."""
    order = [said(statement) for statement in statements("set_vss_copy_backup")]
    refusal = next(i for i, text in enumerate(order) if "exchange_needs_full_backups" in text)

    assert "MSExchangeIS" in order[refusal]
    assert refusal < order.index("New-Marker")


def test_msdtc_is_only_given_the_documented_account() -> None:
    """And only where it has another one, and never on a node of a cluster."""
    text = source("repair_com_services")
    (change,) = (
        node for call, node in calls(tree("repair_com_services")) if call == "Invoke-CimMethod"
    )

    assert "MethodName Change" in said(change)
    assert r"@{ StartName = 'NT AUTHORITY\NetworkService'; StartPassword = '' }" in text
    assert (
        "if ($wrong -and $cluster.Count -gt 0) { Write-Answer 'refused' 'cluster_node' 3 }" in text
    )
    assert text.count("Set-NetworkService\n") == 1
    assert "-eq 'S-1-5-20'" in said(functions("repair_com_services")["Test-NetworkService"])


@pytest.mark.parametrize("name", LINED_REPAIRS)
def test_a_change_is_told_with_what_takes_it_back(name: str) -> None:
    """Where something was changed there is always an undo, if only that none is needed."""
    body = said(functions(name)["Write-Answer"])

    assert "$answer.undo = $undo.ToArray() -join '; '" in body
    assert "elseif ($told -and $changed.Count -gt 0) { $answer.undo =" in body
    main = "\n".join(said(one) for one in statements(name))
    assert main.index("Save-Undo") < main.index("Write-Answer 'changed'")


def test_an_inspection_tells_every_windows_fact_and_no_other() -> None:
    """Names and values are those of the closed vocabulary."""
    told: dict[str, set[str]] = {}
    for assignment in every(tree("inspect_guest"), "assignment_expression"):
        target, value = said(assignment.children[0]), assignment.children[-1]
        if target.startswith("$facts."):
            told.setdefault(target.removeprefix("$facts."), set()).update(_results(value))
    # The state of the agent's service comes from a function.
    told["agent_service"] = {"missing", "running", "disabled", "stopped"}
    linux = {"agent_config", "mounts", "selinux", "freeze_config", "python"}
    network = {"outbound"}

    assert told.keys() == INSPECTED.keys() - linux - network
    for fact, values in told.items():
        assert values == set(INSPECTED[fact]), fact


def _results(value: Node) -> set[str]:
    """Return the texts a value may be: what stands in the blocks, not in the conditions."""
    text = said(value)
    return set(re.findall(r"\{ '(\w+)' \}", text)) or set(re.findall(r"\A'(\w+)'\Z", text))


def test_findings_have_names_of_their_own() -> None:
    """A finding that was named as a fact would be dropped by whoever reads the line."""
    names = {
        next(literals(node))
        for call, node in calls(tree("inspect_guest"))
        if call in {"Add-Finding", "Add-Tail"}
    }

    assert len(names) >= 19
    assert not names & INSPECTED.keys()
