# Restarts the VSS service, and the services of VSS writers that are in a bad state.
#
# The documented remedy for ExtensionFailedVssWriterInBadState and ExtensionFailedVssServiceInBadState.
# A bad writer that is not on the list below stops the whole attempt before anything is touched: its
# service belongs to a database engine, Exchange, a directory, a cluster, Hyper-V or a role that
# others use, and a person decides. SQLWriter is on the list: it only speaks for SQL Server while a
# snapshot is taken, no engine depends on it, and no database stops with it.
# Nothing is restarted while a snapshot or a backup holds the writers.
#
#   attempt   names the attempt; a second run of the same one does nothing
#   stateDir  where attempts and what was there before are remembered
#
# Prints one line of JSON. Exit codes: 0 done, or nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here; 4 it failed; what is named under
# changed was done, and nothing is left stopped on purpose.
param(
    [string]$attempt = '',
    [string]$stateDir = (Join-Path $env:ProgramData 'AzureBackupRemediator')
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$action = 'restart_vss_writers'
# A writer's class (the same in every language) and the service that hosts it.
$hosts = @{
    'AFBAB4A2-367D-4D15-A586-71DBB18F8485' = 'VSS' # Registry Writer
    '542DA469-D3E1-473C-9F4F-7847F01FC64F' = 'VSS' # COM+ REGDB Writer
    '4DC3BDD4-AB48-4D07-ADB0-3BEE2926FD7F' = 'VSS' # Shadow Copy Optimization Writer
    'BE000CBE-11FE-4426-9C58-531AA6355FC4' = 'VSS' # ASR Writer
    'E8132975-6F93-4464-A53E-1050253AE220' = 'CryptSvc' # System Writer
    'A6AD56C2-B509-4E6C-BB19-49D8F43532F0' = 'Winmgmt' # WMI Writer
    '4969D978-BE47-48B0-B100-F328F07AC1E0' = 'BITS' # BITS Writer
    'CD3F2362-8BEF-46C7-9181-D62844CDC062' = 'WSearch' # MSSearch Service Writer
    '2A40FD15-DFCA-4AA8-A654-1F8C654603F6' = 'AppHostSvc' # IIS Config Writer
    'A65FAA63-5EA8-4EBC-9DBD-A0C4DB26912A' = 'SQLWriter' # SqlServerWriter
}
$restartable = @('VSS', 'CryptSvc', 'Winmgmt', 'BITS', 'WSearch', 'AppHostSvc', 'SQLWriter')
$mayStop = @('AppIDSvc', 'iphlpsvc', 'UALSVC')
$clock = [Diagnostics.Stopwatch]::StartNew()
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

# Returns the running services that would stop with this one, but for those that may.
function Get-Dependents([string]$Name) {
    $service = Get-Service -Name $Name
    return @($service.DependentServices | Where-Object { $_.Status -ne 'Stopped' -and $mayStop -cnotcontains $_.Name } |
            ForEach-Object { $_.Name })
}

# Stops and starts a service of the list, each within a bound; what stopped with it is started again.
function Restart-Listed([string]$Name) {
    if ($restartable -cnotcontains $Name) { throw "not on the list: $Name" }
    $service = Get-Service -Name $Name
    $with = @($service.DependentServices | Where-Object { $_.Status -ne 'Stopped' })
    if (@(Get-Dependents $Name).Count -gt 0) { throw "running dependents of $Name" }
    if ($service.Status -ne 'Stopped') {
        $service.Stop()
        $service.WaitForStatus('Stopped', [TimeSpan]::FromSeconds(30))
    }
    foreach ($one in @($service) + $with) {
        foreach ($round in 1, 2) {
            try {
                $one.Refresh()
                if ($one.Status -eq 'Stopped') { $one.Start() }
                $one.WaitForStatus('Running', [TimeSpan]::FromSeconds(30))
                break
            } catch { if ($round -eq 2) { throw } }
        }
    }
}

# A restart that broke off is told as it stands, with what brings the service back.
function Add-Broken([string]$Name) {
    $changed.Add("${Name}: restart not finished")
    $undo.Add("Start-Service -Name $Name")
}

# Returns the output of vssadmin list writers, or nothing where it failed or took too long.
function Get-WriterText([int]$Seconds) {
    $folder = if ([Environment]::Is64BitProcess) { 'System32' } else { 'Sysnative' }
    $start = New-Object Diagnostics.ProcessStartInfo -ArgumentList "$env:windir\$folder\vssadmin.exe", 'list writers'
    $start.UseShellExecute = $false; $start.CreateNoWindow = $true; $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $output = $process.StandardOutput.ReadToEndAsync()
    if (-not $output.Wait(1000 * $Seconds)) { $process.Kill(); return '' }
    if ($process.WaitForExit(5000) -and $process.ExitCode -eq 0) { return $output.Result }
    return ''
}

# A writer is a name in quotes, two ids in braces (its class, its instance), a state in brackets:
# those are the same in every display language.
function Get-Writers([string]$Text) {
    $name = ''; $ids = @()
    foreach ($line in ($Text -csplit '\r?\n')) {
        if ($line -cmatch '[''"\u00ab\u201c\u201e]([^''"\u00ab\u00bb\u201c\u201d\u201e]+)[''"\u00bb\u201c\u201d]\s*\z') { $name = $Matches[1]; $ids = @() }
        elseif ($line -cmatch '\{([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}') { $ids += $Matches[1].ToUpperInvariant() }
        elseif ($ids.Count -eq 2 -and $line -cmatch '\[([0-9]{1,2})\]') {
            @{ name = $name; id = $ids[0]; state = [int]$Matches[1] }; $ids = @()
        }
    }
}

# Whether a writer is held right now: 2 to 4 are steps of a snapshot. 5 says that a backup has not
# told its end; one at work has a shadow copy of its own, which is no previous version for users.
function Test-Held($Writers) {
    $states = @($Writers | ForEach-Object { $_.state })
    if ($states -contains 2 -or $states -contains 3 -or $states -contains 4) { return $true }
    if ($states -cnotcontains 5) { return $false }
    $copies = @(Get-CimInstance -ClassName Win32_ShadowCopy -OperationTimeoutSec 30)
    return @($copies | Where-Object { -not $_.ClientAccessible }).Count -gt 0
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

try { $type = Read-StartType 'VSS' } catch { Write-Answer 'refused' 'unreadable_registry' 3 }
if ($null -eq $type) { Write-Answer 'refused' 'no_vss_service' 3 }
if (Test-Snapshot) { Write-Answer 'refused' 'snapshot_in_progress' 3 }

# A disabled VSS lists no writers, and one in a bad state may not either: then it is VSS alone.
$bad = @()
$names = @('VSS')
try {
    if ($type -ne 4) {
        $writers = @(Get-Writers (Get-WriterText 60))
        if (Test-Held $writers) { Write-Answer 'refused' 'snapshot_in_progress' 3 }
        $bad = @($writers | Where-Object { $_.state -ne 1 })
        $foreign = @($bad | Where-Object { -not $hosts.ContainsKey($_.id) } | ForEach-Object { "$($_.name) [$($_.state)]" })
        if ($foreign.Count -gt 0) { Write-Answer 'refused' "writer_not_on_the_list: $($foreign -join ', ')" 3 }
        $names += @($bad | ForEach-Object { $hosts[$_.id] } | Where-Object { $_ -cne 'VSS' } | Sort-Object -Unique)
    }
    $stopping = @(foreach ($name in $names) { Get-Dependents $name })
} catch { Write-Answer 'refused' 'unreadable_services' 3 }
if ($stopping.Count -gt 0) { Write-Answer 'refused' "running_dependents: $($stopping -join ', ')" 3 }
if ($type -eq 4) { $undo.Add('sc.exe config VSS start= disabled') }

New-Marker
$step = 'vss_not_enabled'; $broken = ''
try {
    Save-Undo
    if ($type -eq 4) {
        Set-Service -Name VSS -StartupType Automatic
        $changed.Add('VSS start type: disabled -> auto')
    }
    foreach ($name in $names) {
        $step = "not_restarted: $name"
        if ($clock.Elapsed.TotalSeconds -gt 150) { throw 'no time left' }
        $broken = $name
        Restart-Listed $name
        $broken = ''
        $changed.Add("${name}: restarted")
    }
} catch {
    if ($broken) { Add-Broken $broken }
    if ($changed.Count -eq 0) { Stop-Attempt $step }
    Write-Answer 'failed' $step 4
}
if ($bad.Count -eq 0) { Write-Answer 'changed' '' 0 }

# Writers register again within seconds; one that stays bad is told, and the backup proves the rest.
Start-Sleep -Seconds 15
$left = @(try { Get-Writers (Get-WriterText 30) } catch { $changed.Add('writers: not read again') })
$still = @($left | Where-Object { $_.state -ne 1 } | ForEach-Object { "$($_.name) [$($_.state)]" })
Write-Answer 'changed' $(if ($still.Count -gt 0) { "still_bad: $($still -join ', ')" } else { '' }) 0
