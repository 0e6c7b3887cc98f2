#!/bin/sh
# Looks at a Linux guest and changes nothing: facts that decisions rest on, findings for people.
#
# What cannot be told is left out and named under not_told. Every command that could hang has a time
# of its own, and all of them end within two minutes. Versions are compared with the lists of
# packages that are on the machine: no package server is asked. The one thing that is asked over the
# network is whether the platform's address takes connections.
#
# Parameters, as environment variables or in this order:
#   attempt    names the attempt; a look may be repeated
#   etc_dir, var_dir, run_dir, proc_dir, sys_dir, usr_dir
#              where the guest's files are (default /etc, /var, /run, /proc, /sys, /usr)
#
# Prints one line of JSON, at most 3,900 bytes. Exit codes: 0 looked; 2 a parameter is wrong.
set -u
LC_ALL=C
export LC_ALL

action=inspect_guest
attempt=${attempt:-${1:-}}
etc_dir=${etc_dir:-${2:-/etc}}
var_dir=${var_dir:-${3:-/var}}
run_dir=${run_dir:-${4:-/run}}
proc_dir=${proc_dir:-${5:-/proc}}
sys_dir=${sys_dir:-${6:-/sys}}
usr_dir=${usr_dir:-${7:-/usr}}
conf=$etc_dir/waagent.conf
longest=3900
started=$(date +%s)
told=
missed=
escape=$(printf '\033')
bell=$(printf '\007')
break=$(printf '\001')
record=$(printf '\036')

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command for so many seconds at most, and none of them after the hundredth of this script.
bounded() { # $1: seconds, the rest: a command
    left=$((started + 100 - $(date +%s)))
    [ "$left" -lt "$1" ] || left=$1
    shift
    [ "$left" -gt 0 ] && have timeout || return 125
    timeout -s KILL "$left" "$@" 2>/dev/null </dev/null
}

fact() { # $1: name, $2: value, both of the closed list
    told="$told${record}fact $1 $2"
}

finding() { # $1: name, $2: text
    case $2 in
    *"$record"*) set -- "$1" "$(printf '%s' "$2" | tr -d '\036')" ;;
    esac
    told="$told${record}finding $1 $2"
}

# Half a line could be the half of a secret that no longer has its name.
tail_of() { # $1: name, $2: file
    [ -f "$2" ] && [ -r "$2" ] && [ ! -L "$2" ] || return 1
    if [ "$(tail -c 8193 "$2" | wc -c)" -gt 8192 ]; then
        finding "$1" "$(tail -c 8192 "$2" | sed 1d | tr -d '\000')"
    else
        finding "$1" "$(tr -d '\000' <"$2")"
    fi
}

# One line of ASCII a record: without escape sequences and control characters, and first of all
# without whatever looks like a secret.
clean() {
    tr -d '\000\200-\277' | tr '\300-\377' '?' | tr '\n\r\t\036' '\001\001 \n' |
        sed -E \
            -e "s#$escape\\[[0-?]*[ -/]*[@-~]##g" \
            -e "s#$escape\\][^$bell$escape$break]*($bell|$escape\\\\)?##g" \
            -e "s#${escape}[@-Z^_]##g" \
            -e "s/ *$break+\$//" -e "s/ *$break+ */ | /g" \
            -e 's/-----BEGIN [A-Z ]*PRIVATE KEY-----.*-----END [A-Z ]*PRIVATE KEY-----/[redacted]/g' \
            -e 's/-----BEGIN [A-Z ]*PRIVATE KEY-----.*/[redacted]/' \
            -e 's/eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_.-]{6,}/[redacted]/g' \
            -e 's/(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}/\1 [redacted]/Ig' \
            -e "s/(authorization[\\\\\"']*[ ]*[:=][ ]*[\\\\\"']*)[^|\"']+/\\1[redacted]/Ig" \
            -e "s/((account[_-]?key|shared[_-]?access[_-]?(key|signature)|pass(word|wd|phrase)|pwd|secret|api[_-]?key|(access|refresh|id)[_-]?token|protected[_-]?settings?)[A-Za-z]*[\\\\\"']*[ ]*[:=][ ]*)(\\\\*\"[^\"]*\"|\\\\*'[^']*'|[^ ;&,\"']+)/\\1[redacted]/Ig" \
            -e 's/(<[A-Za-z:]*(password|passwd|secret|key|token|protectedsettings)[A-Za-z]*>)[^<]+/\1[redacted]/Ig' \
            -e "s/([?&;](sig|code|key)=)[^& \"'<>]+/\\1[redacted]/Ig" \
            -e 's#((://|=)[^ /:@=]+:)[^ /@]+@#\1[redacted]@#g' \
            -e 's#[A-Za-z0-9+/]{40,}={0,2}#[redacted]#g' |
        tr '\001-\011\013-\037\177' ' '
}

# Cuts what is longest, tails of logs first, until the line fits; of a log the newest is kept.
print_line() {
    printf '%s' "$told" | clean | awk -v attempt="$attempt" -v action="$action" -v longest="$longest" '
        function quoted(text,  i, c, out) {
            out = ""
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                out = out (c == "\\" || c == "\"" ? "\\" c : c)
            }
            return "\"" out "\""
        }
        function line(  i, facts, findings) {
            for (i = 1; i <= n; i++)
                if (kind[i] == "fact") facts = facts "," quoted(name[i]) ":" quoted(text[i])
                else if (kind[i] == "finding")
                    findings = findings "," quoted(name[i]) ":" quoted(text[i])
            return "{\"attempt\":" quoted(attempt) ",\"action\":" quoted(action) \
                ",\"facts\":{" substr(facts, 2) "},\"findings\":{" substr(findings, 2) "}}"
        }
        function cut(excess,  i, size, best, most, keep) {
            for (i = 1; i <= n; i++) {
                if (kind[i] != "finding") continue
                size = length(text[i])
                if (name[i] ~ /^log_/ && size > 200) size += 10000
                if (!best || size > most) { best = i; most = size }
            }
            size = length(text[best])
            if (size <= 60) { kind[best] = "gone"; return }
            keep = size - excess
            if (size > 200 && keep < 200) keep = 200
            if (keep < 60) keep = 60
            if (name[best] ~ /^log_/) text[best] = substr(text[best], size - keep + 1)
            else text[best] = substr(text[best], 1, keep)
        }
        $1 == "fact" || $1 == "finding" {
            kind[++n] = $1
            name[n] = $2
            text[n] = substr($0, length($1) + length($2) + 3)
            gsub(/^ +| +$/, "", text[n])
            size = length(text[n])
            if (name[n] ~ /^log_/) text[n] = substr(text[n], size > 900 ? size - 899 : 1)
            else text[n] = substr(text[n], 1, 300)
            if (text[n] == "") n--
        }
        END {
            # The line feed counts.
            while (length(out = line()) >= longest) cut(length(out) - longest + 1)
            print out
        }'
}

case $attempt in
'' | *[!A-Za-z0-9._-]* | .*) bad=yes ;;
*) if [ ${#attempt} -gt 80 ]; then bad=yes; else bad=; fi ;;
esac
if [ -n "$bad" ]; then
    printf '{"attempt":"","action":"%s","reason":"bad_attempt","facts":{},"findings":{}}\n' "$action"
    exit 2
fi

booted_systemd() { have systemctl && [ -d "$run_dir/systemd/system" ]; }

# Prints the value that the agent uses: no indented comments, the last one counts.
setting() { # $1: name
    [ -r "$conf" ] && awk -v name="$1" '
        /^#/ || !index($0, "=") { next }
        {
            at = index($0, "=")
            key = substr($0, 1, at - 1)
            gsub(/^[ \t]+|[ \t]+$/, "", key)
            if (key != name) next
            value = substr($0, at + 1)
            sub(/#.*/, "", value)
            gsub(/^[" \t]+|[" \t\r]+$/, "", value)
        }
        END { print value }' "$conf"
}

# Debian and Ubuntu call the service walinuxagent, the others waagent.
read_service() {
    for name in walinuxagent waagent; do
        if booted_systemd; then
            bounded 5 systemctl cat "$name.service" >/dev/null
            # Anything else than yes or no says nothing about the service.
            case $? in 0) ;; 1) continue ;; *) return 1 ;; esac
            active=$(bounded 5 systemctl is-active "$name.service")
            enabled=$(bounded 5 systemctl is-enabled "$name.service")
            policy=$(bounded 5 systemctl show -p Restart "$name.service")
            finding guest_services "$name: $active, $enabled, $policy"
            case $active,$enabled in
            active,* | reloading,* | activating,*) fact agent_service running ;;
            *,disabled | *,masked*) fact agent_service disabled ;;
            inactive,* | failed,* | deactivating,*) fact agent_service stopped ;;
            *) return 1 ;;
            esac
            finding failed_units \
                "$(bounded 5 systemctl --failed --no-legend --plain | awk '{ print $1 }')"
            return 0
        elif [ -x "$etc_dir/init.d/$name" ]; then
            if bounded 5 "$etc_dir/init.d/$name" status >/dev/null; then
                fact agent_service running
            else
                fact agent_service stopped
            fi
            return 0
        fi
    done
    fact agent_service missing
}

# Sets installed, and newer where the lists on this machine know a newer one; fails where they
# cannot tell.
read_deb() {
    have dpkg-query && have apt-cache || return 1
    for package in walinuxagent waagent; do
        # shellcheck disable=SC2016 # the fields are dpkg's
        found=$(bounded 5 dpkg-query -W -f '${Status}|${Version}' "$package") || continue
        case $found in *' ok installed|'?*) ;; *) continue ;; esac
        installed=${found#*|}
        # Without its cache nothing is written.
        candidate=$(bounded 20 apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
            policy "$package" | awk '$1 == "Candidate:" { print $2 }')
        case $candidate in '' | '(none)') return 1 ;; esac
        ! bounded 5 dpkg --compare-versions "$installed" lt "$candidate" || newer=$candidate
        return 0
    done
    return 1
}

read_rpm() {
    have rpm || return 1
    for package in WALinuxAgent python-azure-agent python3-azure-agent; do
        installed=$(bounded 5 rpm -q --qf '%{VERSION}-%{RELEASE}' "$package") || continue
        if have zypper; then
            list=$(bounded 25 zypper --non-interactive --quiet --no-refresh \
                list-updates -t package) || return 1
            newer=$(printf '%s\n' "$list" | awk -F '|' -v package="$package" '
                { for (i = 1; i <= NF; i++) gsub(/^ +| +$/, "", $i) }
                $3 == package { print $5; exit }')
            return 0
        fi
        for manager in dnf yum; do
            have "$manager" || continue
            list=$(bounded 25 "$manager" -q -C check-update "$package")
            # 100 says that there is one, 0 that there is none.
            case $? in
            0) ;;
            100) newer=$(printf '%s\n' "$list" | awk -v package="$package" '
                index($1, package ".") == 1 && NF >= 3 { print $2; exit }') ;;
            *) return 1 ;;
            esac
            return 0
        done
        return 1
    done
    installed=
    return 1
}

read_version() {
    installed=
    newer=
    if read_deb || read_rpm; then
        if [ -n "$newer" ]; then fact agent_version outdated; else fact agent_version current; fi
    fi
    said=
    ! have waagent || said=$(bounded 10 waagent --version)
    finding agent_build \
        "${installed:+$package $installed}${newer:+, newer in the lists: $newer}${said:+; $said}"
    [ -n "$installed" ]
}

# What is not set has the documented value as the agent's default.
read_config() {
    [ -f "$conf" ] && [ -r "$conf" ] || return 1
    state=ok
    seen=
    for want in Extensions.Enable=y Extensions.Enabled=y Provisioning.Agent=auto; do
        name=${want%%=*}
        value=$(setting "$name")
        case $value in
        '' | None | "${want#*=}") ;;
        Y) [ "$name" != Provisioning.Agent ] || state=broken ;;
        *) state=broken ;;
        esac
        seen="$seen$name=${value:-(not set)} "
    done
    fact agent_config "$state"
    finding agent_settings "${seen}Logs.Verbose=$(setting Logs.Verbose)"
}

# Full: below 5 % or 500 MB, or below 1 % of the inodes, where the system and the extension lie.
read_disk() {
    space=$(bounded 5 df -P -k / "$var_dir/lib")
    [ -n "$space" ] || return 1
    inodes=$(bounded 5 df -P -i / "$var_dir/lib")
    fact system_disk "$(printf '%s\ninodes\n%s\n' "$space" "$inodes" | awk '
        $1 == "inodes" { counting = 1 }
        NF < 6 || $2 !~ /^[0-9]+$/ || $2 + 0 == 0 { next }
        counting && $4 < $2 * 0.01 { full = 1 }
        !counting && ($4 < $2 * 0.05 || $4 < 500 * 1024) { full = 1 }
        END { print full ? "full" : "ok" }')"
    finding disk_free "$(printf '%s\n' "$space" | awk '
        NF >= 6 && $2 ~ /^[0-9]+$/ && !seen[$6]++ {
            printf "%s%s: %d of %d MB free", sep, $6, $4 / 1024, $2 / 1024; sep = ", "
        }')"
}

# Sets open to yes or no; fails where there is nothing to try it with.
try_port() { # $1: port
    if have curl; then
        spent=$(bounded 5 curl -s -o /dev/null --noproxy '*' --connect-timeout 3 -m 4 \
            -w '%{time_connect}' "http://168.63.129.16:$1/")
        # The time that connecting took: nothing but zeros says that it never did.
        case $spent in '') return 1 ;; *[1-9]*) open=yes ;; *) open=no ;; esac
    elif have bash; then
        # shellcheck disable=SC2016 # expanded by bash, from its own argument
        if bounded 3 bash -c 'exec 3<>"/dev/tcp/168.63.129.16/$1"' bash "$1"; then
            open=yes
        else
            open=no
        fi
    elif have nc; then
        if bounded 4 nc -z -w 3 168.63.129.16 "$1"; then open=yes; else open=no; fi
    else
        return 1
    fi
}

# Ports 80 and 32526 carry the agent's own talk with the host; 443 is told and decides nothing.
read_wire() {
    state=reachable
    ports=
    for port in 80 32526 443; do
        try_port "$port" || return 1
        [ "$open" = yes ] || [ "$port" = 443 ] || state=blocked
        ports="$ports$port: $open, "
    done
    fact wire_server "$state"
    finding wire_ports "open on 168.63.129.16? ${ports%, }"
}

# On: the address has a lease, or the configuration says so. Off: only where it says that.
read_dhcp() {
    link=$(awk '$2 == "00000000" && $8 == "00000000" { print $1; exit }' "$proc_dir/net/route")
    case $link in '' | *[!A-Za-z0-9._:-]*) return 1 ;; esac
    addresses=
    ! have ip || addresses=$(bounded 5 ip -4 -o addr show dev "$link")
    finding adapters "$link:$(printf '%s\n' "$addresses" | sed 's/^.* inet / /; s/\\.*//')"
    case $addresses in
    *' dynamic'*)
        fact dhcp on
        return 0
        ;;
    esac
    said=$(
        cat "$etc_dir/sysconfig/network-scripts/ifcfg-$link" \
            "$etc_dir/sysconfig/network/ifcfg-$link" 2>/dev/null |
            sed -n "s/^BOOTPROTO=[\"']*\\([a-z]*\\).*/\\1/p"
        cat "$etc_dir/network/interfaces" "$etc_dir"/network/interfaces.d/* 2>/dev/null |
            awk -v link="$link" '$1 == "iface" && $2 == link && $3 == "inet" { print $4 }'
        cat "$etc_dir"/netplan/*.yaml 2>/dev/null |
            sed -n 's/^ *dhcp4: *\([a-z]*\).*/\1/p'
        cat "$etc_dir"/systemd/network/*.network 2>/dev/null | sed -n 's/^DHCP=\([a-z0-9]*\).*/\1/p'
        cat "$etc_dir"/NetworkManager/system-connections/* 2>/dev/null | awk '
            /^\[/ { part = $0 }
            part == "[ipv4]" && sub(/^method=/, "") { print }'
    )
    case " $(printf '%s' "$said" | tr '\n' ' ') " in
    *' dhcp '* | *' true '* | *' yes '* | *' on '* | *' ipv4 '* | *' auto '*) fact dhcp on ;;
    *' static '* | *' none '* | *' false '* | *' no '* | *' off '* | *' manual '*) fact dhcp off ;;
    *) return 1 ;;
    esac
}

# This script is a child of the agent: its environment is the agent's.
read_proxy() {
    ways=$(
        env | grep -Ei '^(https?|all)_proxy=.'
        cat "$etc_dir/environment" 2>/dev/null |
            sed -n 's/^\(export \)\{0,1\}\([A-Za-z]*_[Pp][Rr][Oo][Xx][Yy]=.\)/environment \2/p' |
            grep -Evi 'environment no_proxy'
        host=$(setting HttpProxy.Host)
        case $host in '' | None) ;; *) printf 'agent %s:%s\n' "$host" "$(setting HttpProxy.Port)" ;; esac
        grep -qs '^PROXY_ENABLED="*yes' "$etc_dir/sysconfig/proxy" &&
            grep -E '^HTTPS?_PROXY="*[^"]' "$etc_dir/sysconfig/proxy"
    )
    if [ -n "$ways" ]; then fact proxy set; else fact proxy none; fi
    finding proxy_settings "$ways"
}

read_reboot() {
    state=
    for mark in reboot-required reboot-needed; do
        [ ! -e "$run_dir/$mark" ] || state="$run_dir/$mark"
    done
    if [ -n "$state" ]; then
        fact pending_reboot yes
        finding reboot_marks "$state $(cat "$run_dir/reboot-required.pkgs" 2>/dev/null)"
        return 0
    fi
    if have needs-restarting; then
        bounded 15 needs-restarting -r >/dev/null
        case $? in
        0) fact pending_reboot no ;;
        1) fact pending_reboot yes ;;
        *) return 1 ;;
        esac
    elif have zypper; then
        bounded 15 zypper --non-interactive --quiet needs-rebooting >/dev/null
        case $? in
        0) fact pending_reboot no ;;
        102) fact pending_reboot yes ;;
        *) return 1 ;;
        esac
    elif have apt-get; then
        # The mark is the way of Debian's family to say it.
        fact pending_reboot no
    else
        return 1
    fi
}

# The processors over two seconds, and the memory that could be given out without swapping.
read_load() {
    [ -r "$proc_dir/stat" ] && [ -r "$proc_dir/meminfo" ] || return 1
    before=$(head -n 1 "$proc_dir/stat")
    bounded 5 sleep 2
    load=$(
        {
            printf '%s\n' "$before"
            head -n 1 "$proc_dir/stat"
            cat "$proc_dir/meminfo"
        } | awk '
            $1 == "cpu" {
                all = 0
                for (i = 2; i <= 9 && i <= NF; i++) all += $i
                idle = $5 + $6
                if (seen++) { all -= all0; idle -= idle0; cpu = all > 0 ? 100 - 100 * idle / all : 0 }
                all0 = all; idle0 = idle
            }
            $1 == "MemTotal:" { total = $2 }
            $1 == "MemAvailable:" { free = $2; exact = 1 }
            !exact && ($1 == "MemFree:" || $1 == "Buffers:" || $1 == "Cached:") { free += $2 }
            END {
                if (seen < 2 || total <= 0) exit 1
                memory = 100 - 100 * free / total
                printf "%s processor %d %%, memory %d %%", (cpu > 90 || memory > 90 ? "high" : "ok"), cpu, memory
            }'
    ) || return 1
    fact load "${load%% *}"
    finding load_now "${load#* }, over time $(cut -d ' ' -f 1-3 "$proc_dir/loadavg" 2>/dev/null)"
}

# Names of processes as the kernel keeps them, cut to 15 characters.
read_databases() {
    running=$(cat "$proc_dir"/[0-9]*/comm 2>/dev/null | sort -u)
    [ -n "$running" ] || return 1
    engines=$(printf '%s\n' "$running" | grep -Ex 'sqlservr|mysqld|mariadbd|postgres|postmaster|mongod|db2sysc|dataserver|ora_pmon_.*|tnslsnr|hdbnameserver|hdbindexserver|hdbdaemon')
    if [ -n "$engines" ]; then fact database_host yes; else fact database_host no; fi
    finding databases "$engines"
}

# Duplicate: one part of one file system of a disk at two places, or two disks at one place. A
# subvolume or a bound folder is a part of its own. The kernel's table is what findmnt shows, and
# reading it asks no file server.
read_mounts() {
    table=$proc_dir/self/mountinfo
    [ -r "$table" ] || return 1
    double=$(awk '
        {
            for (i = 7; i <= NF && $i != "-"; i++);
            type = $(i + 1); source = $(i + 2)
            if (source !~ /^\/dev\// || type == "squashfs" || type == "iso9660" || type == "udf") next
            part = $3 " " $4
            if (part in at) print source " at " at[part] " and " $5
            else if ($5 in on) print $5 " holds " on[$5] " and " source
            at[part] = $5; on[$5] = source
        }' "$table")
    silent=$(remote_mounts | silent_mounts)
    if [ -n "$silent" ]; then
        fact mounts unreachable
    elif [ -n "$double" ]; then
        fact mounts duplicate
    else
        fact mounts ok
    fi
    finding mount_points "${silent:+no answer: $silent; }$double"
}

# The first twenty places that a file server or a program of the user's serves.
remote_mounts() {
    awk '
        {
            for (i = 7; i <= NF && $i != "-"; i++);
            if ($(i + 1) ~ /^(nfs4?|cifs|smb3|smbfs|ceph|glusterfs|lustre|9p|fuse\..*)$/ &&
                $(i + 1) !~ /^fuse\.(lxcfs|gvfsd-fuse|portal)$/ && ++n <= 20) print $5
        }' "$table"
}

# All are asked at once, and nobody waits for one that cannot even be killed.
silent_mounts() {
    asked=
    while IFS= read -r place; do
        # Places with blanks and the like are written in octal.
        place=$(printf '%b' "$(printf '%s' "$place" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')")
        stat -f "$place" >/dev/null 2>&1 </dev/null &
        asked="$asked$! $place
"
    done
    for second in 1 1 1 2; do
        waiting=
        while read -r number place; do
            [ -z "$number" ] || ! kill -0 "$number" 2>/dev/null || waiting="$waiting$number $place
"
        done <<END
$asked
END
        asked=$waiting
        [ -n "$asked" ] || return 0
        sleep "$second"
    done
    while read -r number place; do
        [ -n "$number" ] || continue
        kill -0 "$number" 2>/dev/null || continue
        kill -9 "$number" 2>/dev/null
        printf '%s ' "$place"
    done <<END
$asked
END
}

read_selinux() {
    [ -d "$sys_dir" ] || return 1
    enforce=
    [ ! -r "$sys_dir/fs/selinux/enforce" ] || read -r enforce <"$sys_dir/fs/selinux/enforce" ||
        [ -n "$enforce" ] || return 1
    case $enforce in
    1) fact selinux enforcing ;;
    0) fact selinux permissive ;;
    *) fact selinux disabled ;;
    esac
    denied=$(tail -c 200000 "$var_dir/log/audit/audit.log" 2>/dev/null |
        grep -c 'avc: *denied.*waagent')
    [ "${denied:-0}" = 0 ] || finding selinux_denials "$denied of late that name waagent"
}

# The extension reads this file as ASCII.
read_freeze() {
    file=$etc_dir/azure/vmbackup.conf
    if [ ! -e "$file" ]; then
        fact freeze_config ok
        return 0
    fi
    [ -f "$file" ] && [ -r "$file" ] || return 1
    if [ "$(tr -d '\001-\177' <"$file" | wc -c)" -gt 0 ]; then
        fact freeze_config wrong_encoding
    else
        fact freeze_config ok
    fi
    finding freeze_settings "$(head -c 600 "$file" | tr -d '\000')"
}

read_python() {
    for name in python3 python2 python "$usr_dir/libexec/platform-python"; do
        have "$name" || continue
        said=$(bounded 5 "$name" -c 'import sys; print(sys.version.split()[0])')
        case $? in
        0)
            fact python ok
            finding python_version "$name $said"
            return 0
            ;;
        # It took too long, or the time of the script was up.
        125 | 137) return 1 ;;
        esac
    done
    fact python missing
}

read_system() {
    finding system "$(sed -n 's/^PRETTY_NAME="*\([^"]*\).*/\1/p' "$etc_dir/os-release" 2>/dev/null), kernel $(uname -r)"
}

read_agent_files() {
    finding agent_xml "$(cd "$var_dir/lib/waagent" 2>/dev/null && bounded 5 ls -lt . |
        awk '/\.xml$/ && ++n <= 8 { print $NF " " $5 " B " $6 " " $7 " " $8 }')"
}

# The extension for backups first; where it has no log, any extension's.
read_logs() {
    tail_of log_agent "$var_dir/log/waagent.log"
    for match in '*VMSnapshotLinux*/extension.log' '*/extension.log'; do
        file=$(bounded 5 find "$var_dir/log/azure" -type f -path "$match" -exec ls -t {} + |
            head -n 1)
        [ -n "$file" ] || continue
        tail_of log_extension "$file"
        return
    done
    return 1
}

for part in system service version config disk wire dhcp proxy reboot load databases mounts \
    selinux freeze python agent_files logs; do
    "read_$part" || missed="$missed $part"
done
finding not_told "${missed# }"
print_line
