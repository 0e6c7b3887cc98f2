#!/bin/sh
# Brings the guest agent of a Linux machine up to date, from the distribution's own repository.
#
# Families of Debian (apt-get), Red Hat (dnf, yum) and SUSE (zypper). An agent that did not come as
# a package is left alone: nothing is ever fetched from elsewhere. Here the lists of packages are
# read anew and the newer package is fetched; the installing itself restarts the agent, and a run
# command is a child of the agent. So that is handed to the init system, and begins a little later.
# What it says is kept in the attempt's folder, in update.log.
#
# Parameters, as environment variables or in this order:
#   attempt    names the attempt; a second run of the same one does nothing
#   delay      seconds until the installing begins (default 30)
#   state_dir  where attempts are kept (default /var/lib/azure-backup-remediator)
#   etc_dir, var_dir, run_dir, proc_dir
#              where configuration, state, locks and processes are (default /etc, /var, /run, /proc)
#
# Prints one line of JSON. Exit codes: 0 done, nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here, or not now; 4 it failed, and nothing was changed.
set -eu
LC_ALL=C
export LC_ALL
umask 022

action=update_agent
attempt=${attempt:-${1:-}}
delay=${delay:-${2:-30}}
state_dir=${state_dir:-${3:-/var/lib/azure-backup-remediator}}
etc_dir=${etc_dir:-${4:-/etc}}
var_dir=${var_dir:-${5:-/var}}
run_dir=${run_dir:-${6:-/run}}
proc_dir=${proc_dir:-${7:-/proc}}
kept=$state_dir/undo/$attempt
marker=$state_dir/$action.$attempt
service=
marked=
changed=
undo=
# Nobody is asked, and no other service is restarted on the way.
export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1

# ---- the same in each repair: answer
# Everything that is put between quotes here is a fixed word, or has passed `plain` or `safe_path`.
answer() { # $1: result, $2: reason, $3: restarts_agent
    said="\"changed\":[$changed]"
    [ -z "$undo" ] || said="$said,\"undo\":\"$undo\""
    said="$said,\"restarts_agent\":$3"
    # What a first run changed is told again to whoever repeats it.
    [ "$1" != changed ] || printf '%s\n' "$said" >"$marker" || :
    printf '{"attempt":"%s","action":"%s","result":"%s","reason":"%s",%s}\n' \
        "$attempt" "$action" "$1" "$2" "$said"
}

refuse() { # $1: reason, $2: exit code; the attempt is not spent
    [ -z "$marked" ] || rm -f "$marker"
    changed=
    undo=
    answer refused "$1" false
    exit "$2"
}

plain() { # $1: a value from a file or a tool, for people
    printf '%s' "$1" | tr -c 'A-Za-z0-9 ._:~+@/=-' '?' | cut -c 1-60
}

safe_path() { # $1: a path; what undoes a repair is a command that names it
    case $1 in
    *[!A-Za-z0-9._/-]* | */../* | */..) return 1 ;;
    /*) return 0 ;;
    *) return 1 ;;
    esac
}

note() { # $1: one change
    changed="${changed:+$changed,}\"$1\""
}

then_undo() { # $1: one command
    undo="${undo:+$undo && }$1"
}
# ----

# ---- the same in each repair: parameters
case $attempt in
'' | *[!A-Za-z0-9._-]* | .*) bad=yes ;;
*) if [ ${#attempt} -gt 80 ]; then bad=yes; else bad=; fi ;;
esac
if [ -n "$bad" ]; then
    attempt=
    refuse bad_attempt 2
fi
case $delay in
'' | *[!0-9]* | ?????*) refuse bad_delay 2 ;;
esac
if ! safe_path "$state_dir" || ! safe_path "$etc_dir"; then
    refuse bad_path 2
fi
# ----

# ---- the same in each repair: service
# Debian and Ubuntu call the service walinuxagent, the others waagent.
for name in walinuxagent waagent; do
    if command -v systemctl >/dev/null 2>&1; then
        systemctl cat "$name.service" >/dev/null 2>&1 || continue
    elif [ ! -x "$etc_dir/init.d/$name" ]; then
        continue
    fi
    service=$name
    break
done
[ -n "$service" ] || refuse no_agent_service 3
# ----

# ---- the same in each repair: marker
# The marker is made in one step: of two runs at once, one is told so.
if ! mkdir -p "$state_dir" 2>/dev/null; then
    answer failed no_state false
    exit 4
fi
if ! (set -C && : >"$marker") 2>/dev/null; then
    if [ ! -e "$marker" ]; then
        answer failed no_state false
        exit 4
    fi
    before=
    IFS= read -r before <"$marker" || :
    printf '{"attempt":"%s","action":"%s","result":"already_run","reason":"already_run",%s}\n' \
        "$attempt" "$action" "${before:-\"changed\":[],\"restarts_agent\":false}"
    exit 0
fi

marked=yes

fail() { # $1: reason; what has been changed is put back, and the attempt may be tried again
    put_back
    rm -f "$marker"
    changed=
    undo=
    answer failed "$1" false
    exit 4
}
# ----

put_back() {
    # Lists and fetched packages change no machine. The job has not begun where this is called.
    rm -f "$kept/update.sh"
}

# ---- the same in each repair: later
# Runs a command later, outside of the agent's control group: restarting ends what is inside.
later() { # the command
    if command -v systemctl >/dev/null 2>&1 && command -v systemd-run >/dev/null 2>&1; then
        systemd-run --quiet --on-active="$delay" --timer-property=AccuracySec=1s \
            --unit="backup-remediator-$attempt" "$@" >/dev/null 2>&1 && return 0
    fi
    command -v setsid >/dev/null 2>&1 || return 1
    # shellcheck disable=SC2016 # expanded by the inner shell, from its own arguments
    nohup setsid sh -c 'sleep "$1" && shift && exec "$@"' sh "$delay" "$@" \
        </dev/null >/dev/null 2>&1 &
}
# ----

# Seconds for the lists of packages, and for fetching: all in all less than 300.
refresh_within=100
fetch_within=120

bounded() { # $1: seconds, the rest: a command
    timeout -k 5 "$@" </dev/null 2>/dev/null
}

# Sets manager, package and installed.
find_package() {
    manager=
    if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
        for package in walinuxagent waagent; do
            # shellcheck disable=SC2016 # the fields are dpkg's
            found=$(bounded 10 dpkg-query -W -f '${Status}|${Version}' "$package") || continue
            case $found in
            'hold ok installed|'*) refuse package_held 3 ;;
            *' ok installed|'?*) ;;
            *) continue ;;
            esac
            installed=${found#*|}
            manager=apt-get
            return 0
        done
    fi
    command -v rpm >/dev/null 2>&1 || refuse not_a_package 3
    for package in WALinuxAgent python-azure-agent python3-azure-agent; do
        installed=$(bounded 10 rpm -q --qf '%{VERSION}-%{RELEASE}' "$package") || continue
        for manager in zypper dnf yum; do
            ! command -v "$manager" >/dev/null 2>&1 || return 0
        done
        refuse no_package_manager 3
    done
    refuse not_a_package 3
}

# Whether a process holds a lock on the file: the kernel lists locks by inode.
held() { # $1: file
    [ -e "$1" ] || return 1
    inode=$(stat -c %i "$1") || return 1
    grep -q ":$inode " "$proc_dir/locks" 2>/dev/null
}

# Whether the process whose number a manager left in the file is alive.
alive() { # $1: file
    number=
    [ -r "$1" ] && read -r number <"$1" || :
    case $number in
    '' | *[!0-9]*) return 1 ;;
    *) [ -d "$proc_dir/$number" ] ;;
    esac
}

busy() {
    case $manager in
    apt-get)
        for lock in lib/dpkg/lock-frontend lib/dpkg/lock lib/apt/lists/lock cache/apt/archives/lock; do
            ! held "$var_dir/$lock" || return 0
        done
        ;;
    *)
        for lock in lib/rpm/.rpm.lock cache/dnf/metadata_lock.pid cache/dnf/download_lock.pid; do
            ! held "$var_dir/$lock" || return 0
        done
        for file in zypp.pid yum.pid dnf.pid; do
            ! alive "$run_dir/$file" || return 0
        done
        ;;
    esac
    cat "$proc_dir"/[0-9]*/comm 2>/dev/null |
        grep -Eqx 'apt|apt-get|aptitude|dpkg|dnf|dnf5|yum|zypper|rpm'
}

command -v timeout >/dev/null 2>&1 || refuse no_timeout_command 3
find_package
! busy || refuse package_manager_busy 3
if [ "$manager" = apt-get ] && [ -n "$(bounded 20 dpkg --audit)" ]; then
    # Half-installed packages would be finished on the way, whatever they are.
    refuse package_manager_broken 3
fi

# Prints the newer version that the lists of packages know, or nothing.
candidate() {
    case $manager in
    apt-get)
        newest=$(bounded 20 apt-cache policy "$package" | awk '$1 == "Candidate:" { print $2 }')
        [ -z "$newest" ] || [ "$newest" = '(none)' ] ||
            ! dpkg --compare-versions "$installed" lt "$newest" || printf '%s' "$newest"
        ;;
    zypper)
        bounded 60 zypper --non-interactive --quiet --no-refresh list-updates -t package |
            awk -F '|' -v package="$package" '
                { for (i = 1; i <= NF; i++) gsub(/^ +| +$/, "", $i) }
                $3 == package { print $5; exit }'
        ;;
    *)
        bounded 60 "$manager" -q -C check-update "$package" |
            awk -v package="$package" 'index($1, package ".") == 1 && NF >= 3 { print $2; exit }'
        ;;
    esac
}

refresh() {
    case $manager in
    apt-get) bounded "$refresh_within" apt-get -q update ;;
    zypper) bounded "$refresh_within" zypper --non-interactive --quiet refresh ;;
    *) bounded "$refresh_within" "$manager" -q makecache ;;
    esac >/dev/null
}

# Fetching may take its time and may be stopped; installing what was fetched is short. The older
# yum calls fetching alone a failure: there it is fetched with the installing.
fetch() {
    case $manager in
    apt-get)
        bounded "$fetch_within" apt-get -y -q --no-remove --only-upgrade --download-only \
            install "$package=$newer"
        ;;
    zypper) bounded "$fetch_within" zypper --non-interactive install --download-only "$package=$newer" ;;
    dnf) bounded "$fetch_within" dnf -y -q --downloadonly upgrade "$package-$newer" ;;
    esac >/dev/null
}

refreshed=yes
refresh || refreshed=
newer=$(candidate) || newer=
if [ -z "$newer" ]; then
    [ -n "$refreshed" ] || fail repository_unreachable
    answer unchanged current false
    exit 0
fi
case $installed$newer in
*[!A-Za-z0-9.+~:_^-]*) fail unreadable_version ;;
esac
fetch || fail not_fetched

case $manager in
apt-get) then_undo "apt-get -y --allow-downgrades install $package=$installed" ;;
zypper) then_undo "zypper --non-interactive install --oldpackage $package=$installed" ;;
*) then_undo "$manager -y downgrade $package-$installed" ;;
esac

write_job() {
    (umask 077 && mkdir -p "$kept") || return 1
    {
        printf '#!/bin/sh\n# Installs the fetched agent, then restarts it.\n'
        printf 'kept=%s\nmanager=%s\npackage=%s\nnewer=%s\n' "$kept" "$manager" "$package" "$newer"
        printf 'service=%s\ninit=%s\n' "$service" "$etc_dir/init.d/$service"
        cat <<'END'
umask 022
export LC_ALL=C DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1
export ZYPP_LOCK_TIMEOUT=120
exec >>"$kept/update.log" 2>&1 </dev/null
# Long enough for a slow disk. What the administrator set in the agent's configuration stays.
case $manager in
apt-get)
    timeout -k 60 900 apt-get -y -q --no-remove --only-upgrade -o DPkg::Lock::Timeout=120 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        install "$package=$newer"
    ;;
zypper) timeout -k 60 900 zypper --non-interactive install "$package=$newer" ;;
dnf) timeout -k 60 900 dnf -y upgrade "$package-$newer" ;;
yum) timeout -k 60 900 yum -y --setopt=exit_on_lock=True update "$package-$newer" ;;
esac
echo "the package manager ended with $?"
if command -v systemctl >/dev/null 2>&1; then
    systemctl daemon-reload
    systemctl restart "$service.service"
else
    "$init" restart
fi
END
    } >"$kept/update.sh"
}
write_job 2>/dev/null || fail no_state
later /bin/sh "$kept/update.sh" || fail not_scheduled
note "$package: $installed -> $newer, begins in $delay s"
answer changed '' true
