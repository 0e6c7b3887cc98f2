# Lets the backup extension take its blob snapshots without threads of their own.
#
# The documented second step for ExtensionFailedVssWriterInBadState, where restarting the writers
# did not help: one value of a key that the backup extension reads. Nothing is restarted.
#
#   attempt   names the attempt; a second run of the same one does nothing
#   stateDir  where attempts and what was there before are remembered
#
# Prints one line of JSON. Exit codes: 0 done, or nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here; 4 it failed, and what was changed was put back.
param(
    [string]$attempt = '',
    [string]$stateDir = (Join-Path $env:ProgramData 'AzureBackupRemediator')
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$action = 'set_snapshot_without_threads'
$path = 'SOFTWARE\Microsoft\BcdrAgentPersistentKeys'
$values = [ordered]@{ SnapshotWithoutThreads = 'True' }
$changed = New-Object 'Collections.Generic.List[string]'
$undo = New-Object 'Collections.Generic.List[string]'

function Format-Json($Value) {
    if ($Value -is [bool]) { if ($Value) { return 'true' } else { return 'false' } }
    if ($Value -is [Collections.IDictionary]) {
        $pairs = foreach ($key in @($Value.Keys)) { (Format-Json $key) + ':' + (Format-Json $Value[$key]) }
        return '{' + ($pairs -join ',') + '}'
    }
    if ($Value -is [array]) {
        $items = foreach ($item in $Value) { Format-Json $item }
        return '[' + ($items -join ',') + ']'
    }
    $text = ([string]$Value).Replace('\', '\\').Replace('"', '\"')
    $escape = { param($found) '\u' + ([int][char]$found.Value).ToString('x4') }
    return '"' + [regex]::Replace($text, '[^\x20-\x7e]', $escape) + '"'
}

# Says how it went, and ends the script. What was only planned is neither a change nor to be undone.
function Write-Answer([string]$Result, [string]$Reason, [int]$Code) {
    $told = @('changed', 'failed') -ccontains $Result
    $answer = [ordered]@{ attempt = $attempt; action = $action; result = $Result; reason = $Reason }
    $answer.changed = @()
    if ($told) { $answer.changed = $changed.ToArray() }
    if ($told -and $undo.Count -gt 0) { $answer.undo = $undo.ToArray() -join '; ' }
    elseif ($told -and $changed.Count -gt 0) { $answer.undo = 'nothing to take back: no setting was changed' }
    $answer.restarts_agent = $false
    Write-Output (Format-Json $answer)
    exit $Code
}

# The marker is made in one step: of two runs at once, one is refused.
function New-Marker {
    try {
        [void](New-Item -ItemType Directory -Path $stateDir -Force)
        [IO.File]::Open($marker, [IO.FileMode]::CreateNew).Dispose()
    } catch {
        if (Test-Path -LiteralPath $marker) { Write-Answer 'already_run' 'already_run' 0 }
        Write-Answer 'failed' 'no_state_dir' 4
    }
}

# Writes down what takes the changes back, before the first of them.
function Save-Undo {
    $folder = [IO.Path]::Combine($stateDir, 'undo', $attempt)
    [void](New-Item -ItemType Directory -Path $folder -Force)
    [IO.File]::WriteAllText([IO.Path]::Combine($folder, "$action.txt"), ($undo.ToArray() -join "`r`n"))
}

# Nothing stays changed: the attempt may be tried again.
function Stop-Attempt([string]$Reason) {
    $changed.Clear()
    $undo.Clear()
    Remove-Item -LiteralPath $marker -Force -ErrorAction SilentlyContinue
    Write-Answer 'failed' $Reason 4
}

# The 64-bit view, whatever this process is.
function Open-Machine {
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
}

# Returns what a value is, with its kind; nothing where there is none.
function Get-Before([string]$Name) {
    $key = (Open-Machine).OpenSubKey($path)
    if ($null -eq $key) { return }
    $value = $key.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
    if ($null -ne $value) { @{ kind = "$($key.GetValueKind($Name))"; value = $value } }
}

# Writes a text, or puts back what was there before.
function Set-Value([string]$Name, $Before, [string]$Text) {
    $key = (Open-Machine).CreateSubKey($path)
    try {
        if ($Text) { $key.SetValue($Name, $Text, 'String') }
        elseif ($null -eq $Before) { $key.DeleteValue($Name, $false) }
        else { $key.SetValue($Name, $Before.value, $Before.kind) }
    } finally { $key.Dispose() }
}

# The exact command that takes a change back; nothing where no command could.
function Get-Undo([string]$Name, $Before) {
    $place = "`"HKLM\$path`" /v $Name"
    if ($null -eq $Before) { return "reg.exe delete $place /f /reg:64" }
    if ($Before.kind -ceq 'DWord') {
        return "reg.exe add $place /t REG_DWORD /d 0x$($Before.value.ToString('x8')) /f /reg:64"
    }
    if ($Before.kind -ceq 'String' -and $Before.value -cmatch '\A[A-Za-z0-9 _.:/-]{0,100}\z') {
        return "reg.exe add $place /t REG_SZ /d `"$($Before.value)`" /f /reg:64"
    }
}

if ($attempt -cnotmatch '\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}\z') {
    $attempt = ''
    Write-Answer 'refused' 'bad_attempt' 2
}
if ($stateDir -cnotmatch '\A[A-Za-z]:\\[A-Za-z0-9 ._()\\-]{1,180}\z' -or $stateDir.Contains('..')) {
    Write-Answer 'refused' 'bad_state_dir' 2
}
$marker = [IO.Path]::Combine($stateDir, "$action.$attempt")
if (Test-Path -LiteralPath $marker) { Write-Answer 'already_run' 'already_run' 0 }

$before = @{}
try {
    foreach ($name in $values.Keys) {
        $was = Get-Before $name
        if ($null -ne $was -and $was.kind -ceq 'String' -and $was.value -eq $values[$name]) { continue }
        $command = Get-Undo $name $was
        if (-not $command) { Write-Answer 'refused' "unexpected_value_of_$name" 3 }
        $before[$name] = $was
        $undo.Add($command)
        $shown = if ($null -eq $was) { '(absent)' } else { "$($was.value)" }
        $changed.Add("HKLM\$path ${name}: $shown -> $($values[$name])")
    }
} catch { Write-Answer 'refused' 'unreadable_registry' 3 }
if ($before.Count -eq 0) { Write-Answer 'unchanged' 'already_set' 0 }

New-Marker
try {
    Save-Undo
    foreach ($name in $before.Keys) { Set-Value $name $null $values[$name] }
} catch {
    try {
        foreach ($name in $before.Keys) { Set-Value $name $before[$name] '' }
    } catch { Write-Answer 'failed' 'not_put_back' 4 }
    Stop-Attempt 'not_written'
}
Write-Answer 'changed' '' 0
