# Sets the snapshot provider of the backup extension (IaasVmProvider) to start by itself.
#
# The documented remedy where the backup extension cannot load: the service enabled, its start type
# automatic. Where the service is missing nothing is done: the next installation of the extension
# brings it. Nothing that runs is stopped.
#
#   attempt   names the attempt; a second run of the same one does nothing
#   stateDir  where attempts and what was there before are remembered
#
# Prints one line of JSON. Exit codes: 0 done, or nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here; 4 it failed, and nothing is changed.
param(
    [string]$attempt = '',
    [string]$stateDir = (Join-Path $env:ProgramData 'AzureBackupRemediator')
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$action = 'repair_provider_service'
$service = 'IaasVmProvider'
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

# The backup extension at work: a snapshot takes minutes, an older process of it hangs.
function Test-Snapshot {
    try {
        $at = @(Get-Process -Name 'IaaSBcdrExtension' -ErrorAction SilentlyContinue)
        return @($at | Where-Object { ((Get-Date) - $_.StartTime).TotalMinutes -lt 60 }).Count -gt 0
    } catch { return $true }
}

# Returns the start type: 2 automatic, 3 manual, 4 disabled; nothing where there is no such service.
function Read-StartType([string]$Name) {
    $machine = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $key = $machine.OpenSubKey("SYSTEM\CurrentControlSet\Services\$Name")
    if ($null -ne $key) { return $key.GetValue('Start', $null) }
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

try { $type = Read-StartType $service } catch { Write-Answer 'refused' 'unreadable_registry' 3 }
if ($null -eq $type) { Write-Answer 'refused' 'no_provider_service' 3 }
if ($type -eq 2) { Write-Answer 'unchanged' 'already_automatic' 0 }
$words = @{ 3 = 'demand'; 4 = 'disabled' }
if (-not $words.ContainsKey($type)) { Write-Answer 'refused' "unexpected_start_type_$type" 3 }
if (Test-Snapshot) { Write-Answer 'refused' 'snapshot_in_progress' 3 }
$undo.Add("sc.exe config $service start= $($words[$type])")
$changed.Add("$service start type: $($words[$type]) -> auto")

New-Marker
try {
    Save-Undo
    Set-Service -Name IaasVmProvider -StartupType Automatic
    if ((Read-StartType $service) -ne 2) { throw 'the start type stayed' }
} catch { Stop-Attempt 'not_set' }

# It is started for the next backup's sake; the system would start it with the machine as well.
try {
    $found = Get-Service -Name $service
    if ($found.Status -eq 'Stopped') {
        $found.Start()
        $found.WaitForStatus('Running', [TimeSpan]::FromSeconds(60))
        $changed.Add("${service}: stopped -> running")
        $undo.Insert(0, "Stop-Service -Name $service")
    }
} catch { Write-Answer 'changed' 'not_started' 0 }
Write-Answer 'changed' '' 0
