#!/bin/sh
# Restarts the Azure guest agent of a Linux machine, a little later and from outside of it.
#
# A run command is a child of the very agent it would restart: a restart from here would end this
# script, and its answer would never arrive. So the restart is handed to the init system (or to a
# session of its own) and this script returns before it happens.
#
# Parameters, as environment variables or in this order:
#   attempt    names the attempt; a second run of the same one does nothing
#   delay      seconds until the restart (default 30)
#   state_dir  where attempts are remembered (default /var/lib/azure-backup-remediator)
#
# Prints one line of JSON. Exit codes: 0 scheduled, or already run; 2 a parameter is wrong;
# 3 there is no agent to restart; 4 it could not be scheduled.
set -eu
LC_ALL=C
export LC_ALL

attempt=${attempt:-${1:-}}
delay=${delay:-${2:-30}}
state_dir=${state_dir:-${3:-/var/lib/azure-backup-remediator}}

say() { # $1: true or false, $2: why not
    if [ "$1" = true ]; then
        printf '{"attempt":"%s","action":"restart_agent","scheduled":true}\n' "$attempt"
    else
        printf '{"attempt":"%s","action":"restart_agent","scheduled":false,"reason":"%s"}\n' \
            "$attempt" "$2"
    fi
}

case $attempt in
'' | *[!A-Za-z0-9._-]* | .*) bad=yes ;;
*) if [ ${#attempt} -gt 80 ]; then bad=yes; else bad=; fi ;;
esac
if [ -n "$bad" ]; then
    attempt=
    say false bad_attempt
    exit 2
fi
case $delay in
'' | *[!0-9]* | ?????*)
    say false bad_delay
    exit 2
    ;;
esac

# Debian and Ubuntu call the service walinuxagent, the others waagent.
service=
for name in walinuxagent waagent; do
    if command -v systemctl >/dev/null 2>&1; then
        systemctl cat "$name.service" >/dev/null 2>&1 || continue
    elif [ ! -x "/etc/init.d/$name" ]; then
        continue
    fi
    service=$name
    break
done
if [ -z "$service" ]; then
    say false no_agent_service
    exit 3
fi

# The marker is made in one step: of two runs at once, one is refused.
marker=$state_dir/restart_agent.$attempt
if ! mkdir -p "$state_dir" 2>/dev/null || ! (set -C && : >"$marker") 2>/dev/null; then
    # Only a marker that is there says that it has run: the disk may be full, or read-only.
    if [ -e "$marker" ]; then
        say false already_run
        exit 0
    fi
    say false not_scheduled
    exit 4
fi

schedule() {
    if command -v systemctl >/dev/null 2>&1; then
        if command -v systemd-run >/dev/null 2>&1; then
            # A timer of its own, outside of the agent's control group.
            systemd-run --quiet --on-active="$delay" --timer-property=AccuracySec=1s \
                --unit="backup-remediator-$attempt" \
                systemctl restart "$service.service" >/dev/null 2>&1 && return 0
        fi
        set -- systemctl restart "$service.service"
    else
        set -- "/etc/init.d/$service" restart
    fi
    command -v setsid >/dev/null 2>&1 || return 1
    # shellcheck disable=SC2016 # expanded by the inner shell, from its own arguments
    nohup setsid sh -c 'sleep "$1" && shift && exec "$@"' sh "$delay" "$@" \
        </dev/null >/dev/null 2>&1 &
}

if schedule; then
    say true
else
    # Nothing was set going: the attempt may be tried again.
    rm -f "$marker"
    say false not_scheduled
    exit 4
fi
