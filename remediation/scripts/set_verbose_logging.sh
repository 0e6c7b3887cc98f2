#!/bin/sh
# Makes the guest agent of a Linux machine log more (Logs.Verbose=y), for some hours.
#
# What puts it back is in place before anything is changed: a timer of systemd with a file of its
# own, or where there is no systemd an entry of cron. Both outlive a restart of the machine, and
# remove themselves when they are done. Only the one setting is put back where others have been
# changed since; where nothing has, the file is again what it was, byte for byte.
#
# Parameters, as environment variables or in this order:
#   attempt    names the attempt; a second run of the same one does nothing
#   hours      until it is put back, 1 to 24 (default 3)
#   delay      seconds until the agent restarts, to read it (default 30)
#   state_dir  where attempts and copies are kept (default /var/lib/azure-backup-remediator)
#   etc_dir    where the configuration is (default /etc)
#
# Prints one line of JSON. Exit codes: 0 done, nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here; 4 it failed, and what was changed was put back.
set -eu
LC_ALL=C
export LC_ALL
umask 022

action=set_verbose_logging
attempt=${attempt:-${1:-}}
hours=${hours:-${2:-3}}
delay=${delay:-${3:-30}}
state_dir=${state_dir:-${4:-/var/lib/azure-backup-remediator}}
etc_dir=${etc_dir:-${5:-/etc}}
conf=$etc_dir/waagent.conf
kept=$state_dir/undo/$attempt
marker=$state_dir/$action.$attempt
service=
marked=
changed=
undo=

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
case $hours in
[1-9] | 1[0-9] | 2[0-4]) ;; *) refuse bad_hours 2 ;;
esac

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

# ---- the same in each repair: configuration
[ -e "$conf" ] || refuse no_configuration 3
[ -f "$conf" ] && [ -r "$conf" ] || refuse unreadable_configuration 3
real=$(readlink -f "$conf") || refuse unreadable_configuration 3
safe_path "$real" || refuse unreadable_configuration 3

# Prints "=" and the value, read as the agent does: no indented comments, the last one counts.
setting() { # $1: name, $2: file
    awk -v name="$1" '
        /^#/ || !index($0, "=") { next }
        {
            at = index($0, "=")
            key = substr($0, 1, at - 1)
            gsub(/^[ \t]+|[ \t]+$/, "", key)
            if (key != name) next
            value = substr($0, at + 1)
            sub(/#.*/, "", value)
            gsub(/^[" \t]+|[" \t\r]+$/, "", value)
            seen = 1
        }
        END { if (seen) print "=" value }' "$2"
}

# Prints the file with every line of that name at the value; without such a line, one is added.
with_setting() { # $1: name, $2: value; the file on stdin
    awk -v name="$1" -v value="$2" '
        {
            at = index($0, "=")
            key = substr($0, 1, at - 1)
            gsub(/^[ \t]+|[ \t]+$/, "", key)
            if ($0 !~ /^#/ && at && key == name) {
                print name "=" value
                seen = 1
            } else print
        }
        END { if (!seen) print name "=" value }'
}

# Owner, mode and label stay those of the file; a reader sees the old text or the new one, whole.
set_setting() { # $1: name, $2: value
    new=$real.backup-remediator
    if cp -p "$real" "$new" && with_setting "$1" "$2" <"$real" >"$new" &&
        [ "$(setting "$1" "$new")" = "=$2" ] &&
        [ "$(wc -l <"$new")" -ge "$(wc -l <"$real")" ] && # a full disk may end it halfway
        same_label "$new" && mv -f "$new" "$real"; then
        return 0
    fi
    rm -f "$new"
    return 1
}

same_label() { # $1: file
    [ ! -e /sys/fs/selinux/enforce ] || ! command -v chcon >/dev/null 2>&1 ||
        chcon --reference="$real" "$1"
}
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

# ---- the same in each repair: restart
restart_later() {
    if command -v systemctl >/dev/null 2>&1; then
        later systemctl restart "$service.service"
    else
        later "$etc_dir/init.d/$service" restart
    fi
}
# ----

unit=backup-remediator-verbose-$attempt
units=$etc_dir/systemd/system
# cron passes over names with dots.
cron=$etc_dir/cron.d/$(printf '%s' "$unit" | tr . _)
conf_changed=

put_back() {
    [ -z "$conf_changed" ] || cp -p "$kept/waagent.conf" "$conf" || :
    remove_timer
}

remove_timer() {
    rm -f "$cron"
    [ -e "$units/$unit.timer" ] || return 0
    systemctl disable "$unit.timer" >/dev/null 2>&1 || :
    systemctl stop "$unit.timer" >/dev/null 2>&1 || :
    rm -f "$units/$unit.timer" "$units/$unit.service"
    systemctl daemon-reload >/dev/null 2>&1 || :
}

was=$(setting Logs.Verbose "$real") || fail unreadable_configuration
case $was in
=y | =Y) answer unchanged already_verbose false && exit 0 ;;
esac
due=$(($(date +%s) + hours * 3600))
when=$(date -u -d "@$due" '+%Y-%m-%d %H:%M:%S UTC') || fail no_timer

# What puts it back: values that have been checked, then a text that is always the same.
write_put_back() {
    (umask 077 && mkdir -p "$kept") || return 1
    cp -p "$real" "$kept/waagent.conf" || return 1
    {
        printf '#!/bin/sh\n# Puts Logs.Verbose back; with if_due, only once its time has come.\n'
        printf 'conf=%s\nkept=%s\nservice=%s\n' "$conf" "$kept" "$service"
        printf 'unit=%s\nunits=%s\ncron=%s\n' "$unit" "$units" "$cron"
        printf 'init=%s\ndue=%s\n' "$etc_dir/init.d/$service" "$due"
        cat <<'END'
set -eu
LC_ALL=C
export LC_ALL
[ "${1:-}" != if_due ] || [ "$(date +%s)" -ge "$due" ] || exit 0
real=$(readlink -f "$conf")
new=$real.backup-remediator
cp -p "$real" "$new"
if cmp -s "$real" "$kept/verbose.conf"; then
    cat "$kept/waagent.conf" >"$new"
else
    # Others have been at work since: our line becomes again what it was, or goes.
    awk '
        function named(line) {
            if (line ~ /^#/) return 0
            line = substr(line, 1, index(line, "=") - 1)
            gsub(/^[ \t]+|[ \t]+$/, "", line)
            return line == "Logs.Verbose"
        }
        FILENAME == ARGV[1] { if (named($0)) was = $0; next }
        named($0) && $0 == "Logs.Verbose=y" { if (was != "") print was; next }
        { print }' "$kept/waagent.conf" "$real" >"$new"
fi
[ "$(wc -l <"$new")" -ge $(($(wc -l <"$real") - 1)) ]
[ ! -e /sys/fs/selinux/enforce ] || ! command -v chcon || chcon --reference="$real" "$new"
mv -f "$new" "$real"
rm -f "$cron"
if command -v systemctl >/dev/null 2>&1; then
    if [ -e "$units/$unit.timer" ]; then
        systemctl disable "$unit.timer" || :
        rm -f "$units/$unit.timer" "$units/$unit.service"
        systemctl stop "$unit.timer" || :
        systemctl daemon-reload || :
    fi
    systemctl restart "$service.service"
else
    "$init" restart
fi
END
    } >"$kept/put_back.sh"
}

start_timer() {
    command -v systemctl >/dev/null 2>&1 && [ -d "$units" ] || return 1
    cat >"$units/$unit.service" <<END || return 1
[Unit]
Description=Puts the verbose logging of the guest agent back

[Service]
Type=oneshot
ExecStart=/bin/sh $kept/put_back.sh
END
    # After a time that passed while the machine was off: at its start. After a failure: again.
    cat >"$units/$unit.timer" <<END || return 1
[Unit]
Description=Puts the verbose logging of the guest agent back

[Timer]
OnCalendar=$when
OnUnitInactiveSec=15min
AccuracySec=1min
Persistent=true

[Install]
WantedBy=timers.target
END
    systemctl daemon-reload && systemctl enable "$unit.timer" && systemctl start "$unit.timer" &&
        systemctl is-active "$unit.timer"
}

start_cron() {
    command -v crond >/dev/null 2>&1 || command -v cron >/dev/null 2>&1 || return 1
    [ -d "$etc_dir/cron.d" ] || return 1
    printf '*/10 * * * * root /bin/sh %s if_due\n' "$kept/put_back.sh" >"$cron"
}

write_put_back 2>/dev/null || fail no_state
if ! start_timer >/dev/null 2>&1; then
    remove_timer
    start_cron 2>/dev/null || fail no_timer
fi
conf_changed=yes
set_setting Logs.Verbose y 2>/dev/null || fail not_writable
cp -p "$real" "$kept/verbose.conf" 2>/dev/null || fail no_state
restart_later || fail not_scheduled

was=$(plain "${was#=}")
note "Logs.Verbose: ${was:-not set} -> y until $when"
then_undo "sh $kept/put_back.sh"
answer changed '' true
