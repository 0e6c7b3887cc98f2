# Sets right what the backup extension needs of COM+: COMSysApp and the account of MSDTC.
#
# The documented remedy for ExtensionSnapshotFailedCOM and its kin: MSDTC runs, as Network Service,
# and COMSysApp is not disabled and is started anew. MSDTC keeps running where its account is right;
# it is restarted only with a corrected account, which ends distributed transactions under way. It
# is never uninstalled, and left alone on a node of a cluster.
#
#   attempt   names the attempt; a second run of the same one does nothing
#   stateDir  where attempts and what was there before are remembered
#
# Prints one line of JSON. Exit codes: 0 done, or nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here; 4 it failed; what is named under
# changed stays, since it is as documented.
param(
    [string]$attempt = '',
    [string]$stateDir = (Join-Path $env:ProgramData 'AzureBackupRemediator')
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$action = 'repair_com_services'
$restartable = @('COMSysApp', 'MSDTC')
$mayStop = @('IaasVmProvider', 'COMSysApp')
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

# By id, since the name of the account is written in the language of the system.
function Test-NetworkService([string]$Account) {
    $name = New-Object Security.Principal.NTAccount -ArgumentList $Account
    try { return $name.Translate([Security.Principal.SecurityIdentifier]).Value -eq 'S-1-5-20' } catch { return $false }
}

# Accounts of the system take an empty password.
function Set-NetworkService {
    $found = Get-CimInstance -ClassName Win32_Service -Filter "Name='MSDTC'" -OperationTimeoutSec 30
    $with = @{ StartName = 'NT AUTHORITY\NetworkService'; StartPassword = '' }
    $done = Invoke-CimMethod -InputObject $found -MethodName Change -Arguments $with -OperationTimeoutSec 30
    if ($done.ReturnValue -ne 0) { throw "Win32_Service.Change returned $($done.ReturnValue)" }
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

try {
    $com = Read-StartType 'COMSysApp'
    $dtc = Read-StartType 'MSDTC'
    if ($null -eq $com) { Write-Answer 'refused' 'no_comsysapp' 3 }
    if ($null -eq $dtc) { Write-Answer 'refused' 'no_msdtc' 3 }
    $account = (Get-CimInstance -ClassName Win32_Service -Filter "Name='MSDTC'" -OperationTimeoutSec 30).StartName
    $wrong = -not (Test-NetworkService $account)
    $cluster = @(Get-Service -Name 'ClusSvc' -ErrorAction SilentlyContinue | Where-Object { $_.Status -eq 'Running' })
    if ($wrong -and $cluster.Count -gt 0) { Write-Answer 'refused' 'cluster_node' 3 }
    if ($dtc -eq 4) { Write-Answer 'refused' 'msdtc_disabled' 3 }
    $idle = $cluster.Count -eq 0 -and (Get-Service -Name 'MSDTC').Status -eq 'Stopped'
    $stopping = @(Get-Dependents 'COMSysApp')
    if ($wrong) { $stopping += @(Get-Dependents 'MSDTC') }
} catch { Write-Answer 'refused' 'unreadable_services' 3 }
if ($stopping.Count -gt 0) { Write-Answer 'refused' "running_dependents: $($stopping -join ', ')" 3 }
if (Test-Snapshot) { Write-Answer 'refused' 'snapshot_in_progress' 3 }

# A password is never known: the command that puts an ordinary account back asks for it.
if ($wrong) {
    if ($account -cnotmatch '\A[A-Za-z0-9 ._@\\$-]{1,120}\z') { Write-Answer 'refused' 'unexpected_account_of_msdtc' 3 }
    $ask = if ($account -eq 'LocalSystem' -or $account -clike 'NT AUTHORITY\*') { '' } else { " password= '<password of that account>'" }
    $undo.Add("sc.exe config MSDTC obj= '$account'$ask")
    $undo.Add('Restart-Service -Name MSDTC')
}
if ($idle) { $undo.Add('Stop-Service -Name MSDTC') }
if ($com -eq 4) { $undo.Add('sc.exe config COMSysApp start= disabled') }

New-Marker
$step = 'not_set'; $broken = ''
try {
    Save-Undo
    if ($wrong) {
        Set-NetworkService
        $changed.Add("MSDTC account: $account -> NT AUTHORITY\NetworkService")
    }
    if ($wrong -or $idle) {
        $step = 'msdtc_not_restarted'; $broken = 'MSDTC'
        Restart-Listed 'MSDTC'
        $broken = ''
        $changed.Add($(if ($idle) { 'MSDTC: stopped -> running' } else { 'MSDTC: restarted' }))
    }
    if ($com -eq 4) {
        $step = 'comsysapp_not_enabled'
        Set-Service -Name COMSysApp -StartupType Manual
        $changed.Add('COMSysApp start type: disabled -> demand')
    }
    $step = 'comsysapp_not_restarted'; $broken = 'COMSysApp'
    Restart-Listed 'COMSysApp'
    $changed.Add('COMSysApp: restarted')
} catch {
    if ($broken) { Add-Broken $broken }
    if ($changed.Count -eq 0) { Stop-Attempt $step }
    # What is right now stays right; the record says how to take it back.
    Write-Answer 'failed' $step 4
}
Write-Answer 'changed' '' 0
