# Restarts the Azure guest agent of a Windows machine, a little later and from outside of it.
#
# A run command is a child of the very agent it would restart: a restart from here would end this
# script, and its answer would never arrive. So a scheduled task of the system restarts the agent,
# and removes itself; this script returns before that.
#
#   attempt   names the attempt; a second run of the same one does nothing
#   delay     seconds until the restart (default 30)
#   stateDir  where attempts are remembered
#
# Prints one line of JSON. Exit codes: 0 scheduled, or already run; 2 a parameter is wrong;
# 3 there is no agent to restart; 4 it could not be scheduled.
param(
    [string]$attempt = '',
    [string]$delay = '30',
    [string]$stateDir = (Join-Path $env:ProgramData 'AzureBackupRemediator')
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$action = 'restart_agent'
$service = 'WindowsAzureGuestAgent'

function Write-Answer([bool]$Scheduled, [string]$Reason) {
    $answer = [ordered]@{ attempt = $attempt; action = $action; scheduled = $Scheduled }
    if (-not $Scheduled) { $answer.reason = $Reason }
    Write-Output (ConvertTo-Json -InputObject $answer -Compress)
}

if ($attempt -cnotmatch '\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}\z') {
    $attempt = ''
    Write-Answer $false 'bad_attempt'
    exit 2
}
if ($delay -cnotmatch '\A[0-9]{1,4}\z') {
    Write-Answer $false 'bad_delay'
    exit 2
}
if (-not (Get-Service -Name $service -ErrorAction SilentlyContinue)) {
    Write-Answer $false 'no_agent_service'
    exit 3
}

# The marker is made in one step: of two runs at once, one is refused.
[void](New-Item -ItemType Directory -Path $stateDir -Force)
$marker = Join-Path $stateDir "restart_agent.$attempt"
try {
    [IO.File]::Open($marker, [IO.FileMode]::CreateNew).Dispose()
} catch [IO.IOException] {
    Write-Answer $false 'already_run'
    exit 0
}

try {
    $now = Get-Date
    $do = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument (
        '-NoProfile -NonInteractive -Command Restart-Service -Name WindowsAzureGuestAgent -Force')
    $when = New-ScheduledTaskTrigger -Once -At $now.AddSeconds([int]$delay)
    # With an end, the task is removed by the system when it has run.
    $when.EndBoundary = $now.AddSeconds([int]$delay + 1800).ToString('s')
    $how = New-ScheduledTaskSettingsSet -StartWhenAvailable -AllowStartIfOnBatteries `
        -DeleteExpiredTaskAfter (New-TimeSpan -Minutes 5) `
        -ExecutionTimeLimit (New-TimeSpan -Minutes 10)
    [void](Register-ScheduledTask -TaskName "BackupRemediator-$attempt" -Action $do `
        -Trigger $when -Settings $how -User 'SYSTEM' -RunLevel Highest -Force)
} catch {
    # Nothing was set going: the attempt may be tried again.
    Remove-Item -Path $marker -Force -ErrorAction SilentlyContinue
    Write-Answer $false 'not_scheduled'
    exit 4
}
Write-Answer $true ''
exit 0
