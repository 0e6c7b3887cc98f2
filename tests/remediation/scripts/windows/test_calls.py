"""What the Windows scripts may call is a list; anything else is a finding of this review."""

import pytest

from tests.remediation.scripts.windows.syntax import (
    INSPECTIONS,
    NAMES,
    arguments,
    calls,
    constant,
    every,
    functions,
    literals,
    members,
    parsed,
    said,
    source,
    tree,
)

# Cmdlets that only look, or work on values.
LOOKING = frozenset(
    {
        "ConvertTo-Json",
        "ForEach-Object",
        "Get-Acl",
        "Get-AppLockerPolicy",
        "Get-ChildItem",
        "Get-CimInstance",
        "Get-Date",
        "Get-Process",
        "Get-Service",
        "Join-Path",
        "Measure-Object",
        "New-Object",
        "New-ScheduledTaskAction",
        "New-ScheduledTaskSettingsSet",
        "New-ScheduledTaskTrigger",
        "New-TimeSpan",
        "Set-StrictMode",
        "Sort-Object",
        "Start-Sleep",
        "Test-AppLockerPolicy",
        "Test-Path",
        "Where-Object",
        "Write-Output",
    }
)
# Cmdlets that change a machine, and the scripts that may use each.
CHANGING = {
    "Invoke-CimMethod": {"repair_com_services"},
    "New-Item": set(NAMES) - set(INSPECTIONS),
    "Register-ScheduledTask": {"restart_agent"},
    "Remove-Item": set(NAMES) - set(INSPECTIONS),
    "Set-Service": {"repair_com_services", "repair_provider_service", "restart_vss_writers"},
}
# Methods that change something, and the scripts that may call each.
CHANGING_METHODS = {
    "CreateSubKey": {"set_snapshot_method", "set_snapshot_without_threads", "set_vss_copy_backup"},
    "DeleteValue": {"set_snapshot_method", "set_snapshot_without_threads", "set_vss_copy_backup"},
    "SetValue": {"set_snapshot_method", "set_snapshot_without_threads", "set_vss_copy_backup"},
    "Stop": {"repair_com_services", "restart_vss_writers"},
    "WriteAllText": set(NAMES) - set(INSPECTIONS) - {"restart_agent"},
    # Of our own child process; nothing else is ever ended.
    "Kill": {"inspect_guest", "restart_vss_writers"},
}
HARMLESS_METHODS = frozenset(
    {
        "Add",
        "AddSeconds",
        "BeginConnect",
        "Clear",
        "Close",
        "Combine",
        "Contains",
        "ContainsKey",
        "Dispose",
        "EndConnect",
        "Floor",
        "FromSeconds",
        "GetAccessRules",
        "GetString",
        "GetType",
        "GetValue",
        "GetValueKind",
        "IndexOf",
        "Insert",
        "Max",
        "Min",
        "Open",
        "OpenBaseKey",
        "OpenSubKey",
        "ReadEvent",
        "ReadToEnd",
        "ReadToEndAsync",
        "Refresh",
        "Remove",
        "Replace",
        "Round",
        "Seek",
        "Start",
        "StartNew",
        "Substring",
        "ToArray",
        "ToInt32",
        "ToString",
        "ToUniversalTime",
        "ToUpperInvariant",
        "Translate",
        "Trim",
        "Wait",
        "WaitForExit",
        "WaitForStatus",
        "WaitOne",
    }
)
MADE = frozenset(
    {
        "'Collections.Generic.List[string]'",
        "Diagnostics.Eventing.Reader.EventLogQuery",
        "Diagnostics.Eventing.Reader.EventLogReader",
        "Diagnostics.ProcessStartInfo",
        "IO.DriveInfo",
        "IO.StreamReader",
        "Net.Sockets.TcpClient",
        "Security.Principal.NTAccount",
    }
)
# Whatever ends a machine or runs a text has no place in any script, also not as a word of a string.
NEVER = (
    "Invoke-Expression",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
    "Invoke-Command",
    "Start-BitsTransfer",
    "Start-Process",
    "DownloadString",
    "DownloadFile",
    "WebClient",
    "HttpClient",
    "scriptblock]::Create",
    "ScriptBlock]::Create",
    "EncodedCommand",
    "Add-Type",
    "Import-Module",
    "Stop-Computer",
    "Restart-Computer",
    "shutdown",
    "msdtc -uninstall",
    "msdtc.exe",
    "Stop-Process",
    "Remove-Service",
    "sc.exe delete",
    "cmd.exe",
    "cmd /c",
)


@pytest.mark.parametrize("name", NAMES)
def test_only_listed_cmdlets_and_own_functions_are_called(name: str) -> None:
    """An alias, a program or a cmdlet that nobody thought about is not on the list."""
    known = LOOKING | CHANGING.keys() | functions(name).keys()

    assert {call for call, _node in calls(tree(name))} <= known


@pytest.mark.parametrize(
    "planted",
    ["gci C:\\", "iex $attempt", "& $attempt", ". $attempt", "sc.exe stop VSS", "1 | % { $_ }"],
)
def test_a_planted_alias_or_program_is_found(planted: str) -> None:
    """The review sees what it is there for."""
    names = {call for call, _node in calls(parsed(planted))}

    assert not names <= LOOKING | CHANGING.keys()


@pytest.mark.parametrize("name", NAMES)
def test_what_changes_a_machine_is_called_where_it_is_meant_to(name: str) -> None:
    """Each cmdlet and method that changes something names the scripts that need it."""
    cmdlets = {call for call, _node in calls(tree(name))} & CHANGING.keys()
    methods = set(members(tree(name))) & CHANGING_METHODS.keys()

    assert all(name in CHANGING[cmdlet] for cmdlet in cmdlets)
    assert all(name in CHANGING_METHODS[method] for method in methods)


@pytest.mark.parametrize("name", INSPECTIONS)
def test_an_inspection_changes_nothing(name: str) -> None:
    """It may be sent to any machine at any time; the one thing it ends is its own child."""
    assert not {call for call, _node in calls(tree(name))} & CHANGING.keys()
    assert set(members(tree(name))) & CHANGING_METHODS.keys() <= {"Kill"}
    # Start and Open have harmless and other meanings: here they are a child, a clock, a reader.
    starts = [said(node) for node in every(tree(name), "invokation_expression")]
    assert [one for one in starts if ".Start(" in one or "::Start(" in one] == [
        "[Diagnostics.Process]::Start($start)"
    ]
    assert [one for one in starts if "[IO.File]::" in one] == [
        "[IO.File]::Open($newest[0].FullName, 'Open', 'Read', 'ReadWrite, Delete')"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_method_called_was_thought_about(name: str) -> None:
    """A method can do what a cmdlet can."""
    assert set(members(tree(name))) <= HARMLESS_METHODS | CHANGING_METHODS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_only_listed_objects_are_made(name: str) -> None:
    """New-Object reaches COM and the whole framework; the list is short."""
    made = {said(arguments(node)[0]) for call, node in calls(tree(name)) if call == "New-Object"}

    assert made <= MADE


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("word", NEVER)
def test_nothing_fetches_runs_a_text_or_ends_a_machine(name: str, word: str) -> None:
    """Not as a call, and not as a word in a string that something else could run."""
    code = "\n".join(
        line for line in source(name).splitlines() if not line.lstrip().startswith("#")
    )

    assert word.lower() not in code.lower()


@pytest.mark.parametrize("name", [name for name in NAMES if "ProcessStartInfo" in source(name)])
def test_the_one_program_is_vssadmin_and_only_lists(name: str) -> None:
    """Its path is the system's own, its arguments are written down."""
    (made,) = (
        node
        for call, node in calls(tree(name))
        if call == "New-Object" and "ProcessStartInfo" in said(node)
    )

    assert list(literals(made)) == ["list writers", "$env:windir\\$folder\\vssadmin.exe"]
    assert said(constant(functions(name)["Get-WriterText"], "$folder")).endswith(
        "{ 'System32' } else { 'Sysnative' }"
    )


def test_the_scheduled_restart_is_a_constant_text() -> None:
    """What the system runs later is written down, letter by letter."""
    (made,) = (
        node for call, node in calls(tree("restart_agent")) if call == "New-ScheduledTaskAction"
    )

    assert list(literals(made)) == [
        "powershell.exe",
        "-NoProfile -NonInteractive -Command Restart-Service -Name WindowsAzureGuestAgent -Force",
    ]
    assert not list(every(made, "variable"))
