# Looks at a Windows guest and changes nothing: facts that decisions rest on, findings for people.
#
#   attempt   names the attempt; a look may be repeated
# What cannot be told is left out and named under not_told. Names, states and numbers are read where
# the display language does not reach. Listing the VSS writers lets Windows start the VSS service.
#
# Prints one line of JSON, at most 3,900 bytes. Exit codes: 0 looked; 2 a parameter is wrong.
param([string]$attempt = '')
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
$action = 'inspect_guest'
$longest = 3900
$clock = [Diagnostics.Stopwatch]::StartNew()
$facts = [ordered]@{}; $findings = [ordered]@{}
$missed = New-Object 'Collections.Generic.List[string]'; $services = @()
$plugin = 'Microsoft.Azure.RecoveryServices.VMSnapshot'

function Format-Flat($Value) {
    if ($Value -isnot [Collections.IDictionary]) { return '"' + $Value.Replace('\', '\\').Replace('"', '\"') + '"' }
    $pairs = foreach ($key in @($Value.Keys)) { (Format-Flat $key) + ':' + (Format-Flat $Value[$key]) }
    return '{' + ($pairs -join ',') + '}'
}

# Cuts what is longest, tails of logs first, until the line fits. Their newest lines are kept.
function Write-Answer([string]$Reason) {
    $answer = [ordered]@{ attempt = $attempt; action = $action; facts = $facts; findings = $findings }
    if ($Reason) { $answer.reason = $Reason }
    $line = Format-Flat $answer
    while ($line.Length -gt $longest -and $findings.Count -gt 0) {
        $first = { $findings[$_].Length + 10000 * [int]($_ -clike 'log_*' -and $findings[$_].Length -gt 200) }
        $name = @($findings.Keys | Sort-Object -Descending -Property $first)[0]
        $text = $findings[$name]
        $keep = [Math]::Max($(if ($text.Length -gt 200) { 200 } else { 60 }), $text.Length - ($line.Length - $longest))
        if ($text.Length -le 60) { $findings.Remove($name) }
        elseif ($name -clike 'log_*') { $findings[$name] = $text.Substring($text.Length - $keep) }
        else { $findings[$name] = $text.Substring(0, $keep) }
        $line = Format-Flat $answer
    }
    Write-Output $line
}

# What looks like a secret goes first, then whatever could steer a terminal.
$unwanted = [ordered]@{
    '(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)' = '[redacted]'
    '\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_.-]{6,}' = '[redacted]'
    '(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*' = '$1 [redacted]'
    '(?i)((?:account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|(?:access|refresh|id)[_-]?token|protected[_-]?settings?|authorization)[A-Za-z]*[\\"'']*\s*[:=]\s*)(?:\\*"[^"]*"|\\*''[^'']*''|[^\s;&,"'']+)' = '$1[redacted]'
    '(?i)([?&;](?:sig|code|key)=)[^&\s"''<>]+' = '$1[redacted]'
    '(://[^\s/:@]+:)[^\s/@]+(?=@)' = '$1[redacted]'
    '[A-Za-z0-9+/]{40,}={0,2}' = '[redacted]'
    '\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)' = ''
    '\s*[\r\n]+\s*' = ' | '
    '[\x00-\x1f\x7f-\x9f]' = ' '
    '[^\x20-\x7e]' = '?'
}

function Get-Clean([string]$Text) {
    foreach ($pattern in $unwanted.Keys) { $Text = $Text -creplace $pattern, $unwanted[$pattern] }
    return $Text.Trim()
}
function Add-Finding([string]$Name, [string]$Text) {
    $clean = Get-Clean $Text
    if ($clean) { $findings[$Name] = $clean.Substring(0, [Math]::Min(300, $clean.Length)) }
}
function Add-Missed([string]$Name, $Failure) { $missed.Add("$Name ($($Failure.Exception.GetType().Name))") }

function Open-Key([string]$Path, [string]$View = 'Registry64', [string]$Hive = 'LocalMachine') {
    return [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, $View).OpenSubKey($Path)
}
function Get-Value([string]$Path, [string]$Name, [string]$View = 'Registry64', [string]$Hive = 'LocalMachine') {
    $key = Open-Key $Path $View $Hive
    if ($null -eq $key) { return $null }
    return , $key.GetValue($Name, $null)
}
function Get-StartType([string]$Name) { return Get-Value "SYSTEM\CurrentControlSet\Services\$Name" 'Start' }

function Get-State([string]$Name) {
    if ($services.Count -eq 0) { throw 'no list of services' }
    $found = @($services | Where-Object { $_.Name -eq $Name })
    if ($found.Count -eq 0) { return 'missing' }
    if ($found[0].Status -eq 'Running') { return 'running' }
    if ((Get-StartType $Name) -eq 4) { return 'disabled' }
    return 'stopped'
}

function Test-NetworkService([string]$Account) {
    $name = New-Object Security.Principal.NTAccount -ArgumentList $Account
    try { return $name.Translate([Security.Principal.SecurityIdentifier]).Value -eq 'S-1-5-20' } catch { return $false }
}

# 2.7.41491.1010 is the oldest agent that Microsoft's own checks of an Azure VM accept.
function Read-Agent {
    $facts.agent_service = Get-State 'WindowsAzureGuestAgent'
    $names = 'WindowsAzureGuestAgent', 'RdAgent', 'IaasVmProvider', 'VSS', 'COMSysApp', 'MSDTC', 'msiserver'
    Add-Finding 'guest_services' (@(foreach ($name in $names) { "$name=$(Get-State $name)" }) -join ', ')
    $version = Get-Value 'SOFTWARE\Microsoft\Virtual Machine\Guest' 'GuestAgentVersion'
    if (-not $version) { $missed.Add('agent_version (not registered)'); return }
    Add-Finding 'agent_build' $version
    $facts.agent_version = if ([version]$version -ge [version]'2.7.41491.1010') { 'current' } else { 'outdated' }
}

# 378389 is the release number of .NET Framework 4.5.
function Read-Frameworks {
    $release = Get-Value 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' 'Release'
    $facts.dotnet = if ($null -ne $release -and $release -ge 378389) { 'ok' } else { 'missing' }
    $path = 'SOFTWARE\Microsoft\.NETFramework\v4.0.30319'
    $weak = @(foreach ($view in 'Registry64', 'Registry32') { if ((Get-Value $path 'SchUseStrongCrypto' $view) -ne 1) { $view } })
    $facts.strong_crypto = if ($weak.Count -eq 0) { 'set' } else { 'not_set' }
    $path = 'SOFTWARE\Microsoft\VisualStudio\12.0\VC\Runtimes\x64'
    $runtimes = @(foreach ($view in 'Registry64', 'Registry32') { Get-Value $path 'Installed' $view })
    $facts.vc_runtime = if ($runtimes -contains 1) { 'ok' } else { 'missing' }
}

function Read-BackupServices {
    $start = Get-StartType 'IaasVmProvider'
    $facts.provider_service = if ($null -eq $start) { 'absent' } elseif ($start -eq 2) { 'ok' } else { 'disabled' }
    $account = Get-Value 'SYSTEM\CurrentControlSet\Services\MSDTC' 'ObjectName'
    $com = Get-StartType 'COMSysApp'
    $dtc = Get-StartType 'MSDTC'
    $well = $null -ne $com -and $com -ne 4 -and $null -ne $dtc -and $dtc -ne 4 -and (Test-NetworkService $account)
    $facts.com_services = if ($well) { 'ok' } else { 'broken' }
    Add-Finding 'start_types' "IaasVmProvider=$start, COMSysApp=$com, MSDTC=$dtc as $account, VSS=$(Get-StartType 'VSS') (2 automatic, 3 manual, 4 disabled)"
    $facts.installer_service = if ((Get-StartType 'msiserver') -eq 4) { 'disabled' } else { 'ok' }
    if ($services.Count -eq 0) { throw 'no list of services' }
    $engine = '(?i)\A(?:MSSQLSERVER|MSSQL\$.+|OracleService.+|MySQL.*|MariaDB.*|postgresql.*|pgsql.*|MongoDB.*|DB2.*|SYBSQL_.+|SAP.*HDB.*)\z'
    $engines = @($services | Where-Object { $_.Status -eq 'Running' -and $_.Name -cmatch $engine } | ForEach-Object { $_.Name })
    $facts.database_host = if ($engines.Count -gt 0) { 'yes' } else { 'no' }
    Add-Finding 'databases' ($engines -join ', ')
}

function Read-BackupKeys {
    $keys = [ordered]@{ USEVSSCOPYBACKUP = Get-Value 'SOFTWARE\Microsoft\BcdrAgent' 'USEVSSCOPYBACKUP' }
    foreach ($name in 'SnapshotMethod', 'CalculateSnapshotTimeFromHost', 'SnapshotWithoutThreads') {
        $keys[$name] = Get-Value 'SOFTWARE\Microsoft\BcdrAgentPersistentKeys' $name
    }
    $facts.vss_copy_backup = if ("$($keys.USEVSSCOPYBACKUP)" -eq 'TRUE') { 'set' } else { 'not_set' }
    $facts.snapshot_method = if ("$($keys.SnapshotMethod)" -eq 'firstHostThenGuest') { 'host_first' } else { 'default' }
    Add-Finding 'backup_keys' (@(foreach ($name in $keys.Keys) { "$name=$($keys[$name])" }) -join ', ')
}

function Read-Machine {
    $drive = New-Object IO.DriveInfo -ArgumentList $env:SystemDrive
    $free = $drive.AvailableFreeSpace
    $facts.system_disk = if ($free -lt 524288000 -or $free -lt 0.05 * $drive.TotalSize) { 'full' } else { 'ok' }
    Add-Finding 'disk_free' "$([Math]::Floor($free / 1048576)) MB free of $([Math]::Floor($drive.TotalSize / 1048576)) MB on $($drive.Name)"
    $marks = @(foreach ($path in 'Component Based Servicing\RebootPending', 'WindowsUpdate\Auto Update\RebootRequired') {
            if ($null -ne (Open-Key "SOFTWARE\Microsoft\Windows\CurrentVersion\$path")) { $path }
        })
    # Renames that wait are set by every scanner and driver: told to people, and no ground to act.
    $facts.pending_reboot = if ($marks.Count -gt 0) { 'yes' } else { 'no' }
    if (Get-Value 'SYSTEM\CurrentControlSet\Control\Session Manager' 'PendingFileRenameOperations') { $marks += 'PendingFileRenameOperations' }
    Add-Finding 'reboot_marks' ($marks -join ', ')
}

function Read-Load {
    $used = foreach ($round in 1, 2, 3) {
        if ($round -gt 1) { Start-Sleep -Seconds 1 }
        (Get-CimInstance -ClassName Win32_PerfFormattedData_PerfOS_Processor -Filter "Name='_Total'" -OperationTimeoutSec 10).PercentProcessorTime
    }
    $cpu = ($used | Measure-Object -Average).Average
    $system = Get-CimInstance -ClassName Win32_OperatingSystem -OperationTimeoutSec 10
    $memory = 100 - 100 * $system.FreePhysicalMemory / $system.TotalVisibleMemorySize
    $facts.load = if ($cpu -gt 90 -or $memory -gt 90) { 'high' } else { 'ok' }
    Add-Finding 'load_now' "processor $([Math]::Round($cpu)) %, memory $([Math]::Round($memory)) %"
}

# An adapter without a gateway is an inner one (a container network, say) and needs no DHCP.
function Read-Adapters {
    $all = @(Get-CimInstance -ClassName Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=TRUE' -OperationTimeoutSec 10)
    $outer = @($all | Where-Object { $_.DefaultIPGateway })
    if ($outer.Count -eq 0) { return }
    $off = @($outer | Where-Object { -not $_.DHCPEnabled })
    $facts.dhcp = if ($off.Count -gt 0) { 'off' } else { 'on' }
    Add-Finding 'adapters' (@($all | ForEach-Object { "$($_.Description): DHCP $($_.DHCPEnabled)" }) -join '; ')
}

function Test-Port([int]$Port) {
    $client = New-Object Net.Sockets.TcpClient
    try {
        $pending = $client.BeginConnect('168.63.129.16', $Port, $null, $null)
        if (-not $pending.AsyncWaitHandle.WaitOne(3000)) { return $false }
        $client.EndConnect($pending)
        return $true
    } catch { return $false } finally { $client.Close() }
}

# Ports 80 and 32526 carry the agent's own talk with the host; 443 is told and decides nothing.
function Read-Network {
    $open = [ordered]@{}
    foreach ($port in 80, 32526, 443) { $open["$port"] = Test-Port $port }
    $facts.wire_server = if ($open['80'] -and $open['32526']) { 'reachable' } else { 'blocked' }
    Add-Finding 'wire_ports' (@(foreach ($port in $open.Keys) { "${port}: $(if ($open[$port]) { 'open' } else { 'no answer' })" }) -join ', ')
    $ways = @()
    # Byte 8 of the settings of WinHTTP holds flags, 2 being a named proxy; its name follows.
    $http = Get-Value 'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections' 'WinHttpSettings'
    if ($http -is [byte[]] -and $http.Length -gt 16 -and ($http[8] -band 2)) {
        $size = [Math]::Min([BitConverter]::ToInt32($http, 12), $http.Length - 16)
        $ways += 'WinHTTP ' + [Text.Encoding]::ASCII.GetString($http, 16, $size)
    }
    $path = 'S-1-5-18\Software\Microsoft\Windows\CurrentVersion\Internet Settings'
    if ((Get-Value $path 'ProxyEnable' 'Registry64' 'Users') -eq 1) { $ways += "SYSTEM $(Get-Value $path 'ProxyServer' 'Registry64' 'Users')" }
    $url = Get-Value $path 'AutoConfigURL' 'Registry64' 'Users'
    if ($url) { $ways += "SYSTEM script $url" }
    $facts.proxy = if ($ways.Count -gt 0) { 'set' } else { 'none' }
    Add-Finding 'proxy_settings' ($ways -join '; ')
}

function Read-Drives {
    $volumes = @()
    try {
        $volumes = @(Get-CimInstance -Namespace 'root\CIMV2\Security\MicrosoftVolumeEncryption' -ClassName Win32_EncryptableVolume -OperationTimeoutSec 10)
    } catch [Microsoft.Management.Infrastructure.CimException] {
        # Without the feature there is no such namespace or class, and no locked drive.
        if ("$($_.Exception.NativeErrorCode)" -cnotmatch '\AInvalid(?:Namespace|Class)\z') { throw }
    }
    $on = @($volumes | Where-Object { $_.ProtectionStatus -ne 0 } | ForEach-Object { "$($_.DriveLetter) $($_.ProtectionStatus) (1 protected, 2 locked)" })
    $facts.bitlocker = if ($on.Count -gt 0) { 'on' } else { 'off' }
    Add-Finding 'bitlocker_drives' ($on -join ', ')
}

# Everyone may list and create in that folder, Administrators may do all: that is the default.
function Read-KeyFolder {
    $folder = Join-Path $env:ProgramData 'Microsoft\Crypto\RSA\MachineKeys'
    $rules = (Get-Acl -LiteralPath $folder).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])
    $rights = @{ 'S-1-1-0' = 0; 'S-1-5-32-544' = 0 }
    $denied = 0
    foreach ($rule in $rules) {
        $sid = $rule.IdentityReference.Value
        if ($rule.AccessControlType -eq 'Deny') { $denied += 1 }
        elseif ($rights.ContainsKey($sid)) { $rights[$sid] = $rights[$sid] -bor [int]$rule.FileSystemRights }
    }
    $everyone = $rights['S-1-1-0']; $all = $rights['S-1-5-32-544']
    $well = ($everyone -band 0x3) -eq 0x3 -and ($all -band 0x1F01FF) -eq 0x1F01FF -and $denied -eq 0
    $facts.machine_keys = if ($well) { 'ok' } else { 'broken' }
    Add-Finding 'key_folder' ('Everyone 0x{0:x}, Administrators 0x{1:x}, rules that deny: {2}' -f $everyone, $all, $denied)
}

# Event 1000 of Application Error names the program that crashed; reading it has a time-out.
function Read-Crashes {
    $wanted = "*[System[Provider[@Name='Application Error'] and (EventID=1000) and TimeCreated[timediff(@SystemTime) <= 604800000]] and EventData[Data='IaaSBcdrExtension.exe']]"
    $query = New-Object Diagnostics.Eventing.Reader.EventLogQuery -ArgumentList 'Application', 'LogName', $wanted
    $query.ReverseDirection = $true
    $reader = New-Object Diagnostics.Eventing.Reader.EventLogReader -ArgumentList $query
    try { $last = $reader.ReadEvent([TimeSpan]::FromSeconds(15)) } finally { $reader.Dispose() }
    $facts.backup_extension_crash = if ($null -ne $last) { 'yes' } else { 'no' }
    if ($null -ne $last) { Add-Finding 'crashes' ('IaaSBcdrExtension.exe crashed last at ' + $last.TimeCreated.ToUniversalTime().ToString('s', [Globalization.CultureInfo]::InvariantCulture) + 'Z') }
}

# Rules for programs are enforced where the mode is 1, or unset with rules, and AppIDSvc runs.
function Read-AppLocker {
    $key = Open-Key 'SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe'
    $mode = if ($null -ne $key) { $key.GetValue('EnforcementMode', 1) } else { 0 }
    if ($null -eq $key -or $key.SubKeyCount -eq 0 -or $mode -ne 1 -or (Get-State 'AppIDSvc') -ne 'running') { $facts.applocker = 'open'; return }
    $programs = @(Get-ChildItem -LiteralPath "$env:SystemDrive\Packages\Plugins\$plugin" -Filter 'IaaSBcdrExtension.exe' -Recurse -File | ForEach-Object { $_.FullName })
    Add-Finding 'applocker_policy' "rules for programs are enforced; backup programs found: $($programs.Count)"
    if ($programs.Count -eq 0) { return }
    $ruled = @(Test-AppLockerPolicy -PolicyObject (Get-AppLockerPolicy -Effective) -Path $programs -User 'S-1-5-18')
    $denied = @($ruled | Where-Object { "$($_.PolicyDecision)" -clike 'Denied*' })
    $facts.applocker = if ($denied.Count -gt 0) { 'blocks' } else { 'open' }
}

# The backup extension at work: a snapshot takes minutes, an older process of it hangs.
function Test-Snapshot {
    try {
        $at = @(Get-Process -Name 'IaaSBcdrExtension' -ErrorAction SilentlyContinue)
        return @($at | Where-Object { ((Get-Date) - $_.StartTime).TotalMinutes -lt 60 }).Count -gt 0
    } catch { return $true }
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

# States: 1 stable, 2 to 4 inside a snapshot, 5 a backup has not said it is done, others failed.
function Read-Writers {
    $state = Get-State 'VSS'
    $writers = @(Get-Writers (Get-WriterText 40))
    $facts.vss_service = if (@('missing', 'disabled') -ccontains $state -or $writers.Count -eq 0) { 'broken' } else { 'ok' }
    if ($writers.Count -eq 0) { Add-Finding 'writers' 'vssadmin list writers gave no list in 40 seconds'; return }
    $bad = @($writers | Where-Object { $_.state -ne 1 } | ForEach-Object { "$($_.name) [$($_.state)]" })
    Add-Finding 'writers' "$($writers.Count) writers, not stable: $($bad -join ', ')"
    $busy = @($writers | Where-Object { @(2, 3, 4) -contains $_.state }).Count -gt 0
    if ($busy -or ($bad.Count -gt 0 -and (Test-Snapshot))) { $missed.Add('vss_writers (a snapshot is being taken)'); return }
    $facts.vss_writers = if ($bad.Count -gt 0) { 'bad' } else { 'ok' }
}

function Add-Tail([string]$Name, $Files) {
    $newest = @($Files | Sort-Object -Descending -Property LastWriteTimeUtc)
    $stream = [IO.File]::Open($newest[0].FullName, 'Open', 'Read', 'ReadWrite, Delete')
    try {
        $cut = $stream.Length -gt 8192
        if ($cut) { [void]$stream.Seek(-8192, [IO.SeekOrigin]::End) }
        $text = (New-Object IO.StreamReader -ArgumentList $stream).ReadToEnd()
    } finally { $stream.Dispose() }
    # Half a line could be the half of a secret that no longer has its name.
    if ($cut) { $text = $text.Substring($text.IndexOf([char]10) + 1) }
    $clean = Get-Clean $text
    $findings[$Name] = $clean.Substring([Math]::Max(0, $clean.Length - 900))
}

function Read-Logs {
    $folder = "$env:SystemDrive\WindowsAzure\Logs"
    Add-Tail 'log_agent' @(Get-ChildItem -LiteralPath $folder -Filter 'WaAppAgent.log' -File)
    Add-Tail 'log_extension' @(Get-ChildItem -LiteralPath "$folder\Plugins\$plugin" -Filter 'IaaSBcdrExtension*.log' -Recurse -File)
}

if ($attempt -cnotmatch '\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}\z') {
    $attempt = ''
    Write-Answer 'bad_attempt'
    exit 2
}
try { $services = @(Get-Service -ErrorAction SilentlyContinue) } catch { Add-Missed 'services' $_ }
try { Read-Agent } catch { Add-Missed 'agent' $_ }
try { Read-Frameworks } catch { Add-Missed 'frameworks' $_ }
try { Read-BackupServices } catch { Add-Missed 'backup services' $_ }
try { Read-BackupKeys } catch { Add-Missed 'backup keys' $_ }
try { Read-Machine } catch { Add-Missed 'machine' $_ }
try { Read-Network } catch { Add-Missed 'network' $_ }
try { Read-KeyFolder } catch { Add-Missed 'key folder' $_ }
try { Read-Crashes } catch { Add-Missed 'crashes' $_ }
try { Read-Adapters } catch { Add-Missed 'adapters' $_ }
try { Read-Drives } catch { Add-Missed 'drives' $_ }
try { Read-Load } catch { Add-Missed 'load' $_ }
try { if ($clock.Elapsed.TotalSeconds -lt 70) { Read-Writers } else { $missed.Add('writers (no time left)') } } catch { Add-Missed 'writers' $_ }
try { if ($clock.Elapsed.TotalSeconds -lt 100) { Read-AppLocker } else { $missed.Add('applocker (no time left)') } } catch { Add-Missed 'applocker' $_ }
try { Read-Logs } catch { Add-Missed 'logs' $_ }
Add-Finding 'not_told' ($missed.ToArray() -join ', ')
Write-Answer ''
exit 0
