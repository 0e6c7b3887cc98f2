#!/bin/sh
# Sets the guest agent of a Linux machine up as Azure Backup needs it, and can say how to undo it.
#
#   /etc/waagent.conf   Extensions.Enable=y, Provisioning.Agent=auto (the documented values; what is
#                       not set has them as the agent's default, and is left alone)
#   the service         enabled, and started again after a crash (a drop-in of systemd)
#
# What is as it should be is not touched. What is changed is copied first. The agent reads its
# configuration when it starts: where that changed, the init system restarts the agent a little
# later, since a run command is a child of the agent and would end with it.
#
# Parameters, as environment variables or in this order:
#   attempt    names the attempt; a second run of the same one does nothing
#   delay      seconds until the restart (default 30)
#   state_dir  where attempts and copies are kept (default /var/lib/azure-backup-remediator)
#   etc_dir    where the configuration is (default /etc)
#
# Prints one line of JSON. Exit codes: 0 done, nothing to do, or already run; 2 a parameter is
# wrong; 3 it does not apply here; 4 it failed, and what was changed was put back.
set -eu
LC_ALL=C
export LC_ALL
umask 022

action=repair_agent_config
attempt=${attempt:-${1:-}}
delay=${delay:-${2:-30}}
state_dir=${state_dir:-${3:-/var/lib/azure-backup-remediator}}
etc_dir=${etc_dir:-${4:-/etc}}
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

dropins=$etc_dir/systemd/system/$service.service.d
dropin=$dropins/50-backup-remediator.conf
conf_changed=
dropin_made=
dropins_made=
enabled=

put_back() {
    if [ -n "$conf_changed" ]; then
        cp -p "$kept/waagent.conf" "$conf" || :
    fi
    if [ -n "$dropin_made" ]; then
        rm -f "$dropin"
        systemctl daemon-reload >/dev/null 2>&1 || :
    fi
    [ -z "$dropins_made" ] || rmdir "$dropins" 2>/dev/null || :
    [ -z "$enabled" ] || systemctl disable "$service.service" >/dev/null 2>&1 || :
}

repair_setting() { # $1: name, $2: the documented value
    was=$(setting "$1" "$real") || fail unreadable_configuration
    case $was in
    '' | "=$2" | =None) return 0 ;;
    =Y) [ "$2" != y ] || return 0 ;;
    esac
    if [ -z "$conf_changed" ]; then
        (umask 077 && mkdir -p "$kept") 2>/dev/null || fail no_state
        cp -p "$real" "$kept/waagent.conf" 2>/dev/null || fail no_state
        conf_changed=yes
        then_undo "cp -p $kept/waagent.conf $conf"
    fi
    set_setting "$1" "$2" 2>/dev/null || fail not_writable
    note "$1: $(plain "${was#=}") -> $2"
}

# The documentation says Extensions.Enable; newer agents read Extensions.Enabled.
repair_setting Extensions.Enable y
repair_setting Extensions.Enabled y
repair_setting Provisioning.Agent auto

restart_policy() {
    policy=$(systemctl show -p Restart "$service.service" 2>/dev/null) || policy=
    printf '%s' "${policy#Restart=}"
}

repair_service() {
    command -v systemctl >/dev/null 2>&1 || return 0
    state=$(systemctl is-enabled "$service.service" 2>/dev/null) || :
    case $state in
    disabled)
        systemctl enable "$service.service" >/dev/null 2>&1 || fail not_enabled
        enabled=yes
        note "$service.service: disabled -> enabled"
        then_undo "systemctl disable $service.service"
        ;;
    # Somebody made sure that it is not started: theirs to take back.
    masked*)
        put_back
        refuse service_masked 3
        ;;
    esac
    was=$(restart_policy)
    # Both start the agent again when it crashed; an answer that cannot be read changes nothing.
    case $was in
    always | on-failure | '') return 0 ;;
    esac
    if [ -e "$dropin" ]; then
        # It is there and was not read yet, or something overrides it.
        systemctl daemon-reload >/dev/null 2>&1 || fail not_reloaded
        [ "$(restart_policy)" = always ] || fail dropin_ineffective
        return 0
    fi
    if [ ! -d "$dropins" ]; then
        mkdir -p "$dropins" 2>/dev/null || fail not_writable
        dropins_made=yes
    fi
    dropin_made=yes
    printf '[Service]\nRestart=always\nRestartSec=5\n' 2>/dev/null >"$dropin" || fail not_writable
    systemctl daemon-reload >/dev/null 2>&1 || fail not_reloaded
    [ "$(restart_policy)" = always ] || fail dropin_ineffective
    note "Restart of $service.service: $(plain "$was") -> always"
    then_undo "rm -f $dropin"
    [ -z "$dropins_made" ] || then_undo "rmdir $dropins"
    then_undo 'systemctl daemon-reload'
}
repair_service

if [ -z "$changed" ]; then
    answer unchanged as_it_should_be false
    exit 0
fi
if [ -z "$conf_changed" ]; then
    answer changed '' false
    exit 0
fi
restart_later || fail not_scheduled
if command -v systemctl >/dev/null 2>&1; then
    then_undo "systemctl restart $service.service"
else
    then_undo "$etc_dir/init.d/$service restart"
fi
answer changed '' true
