#!/usr/bin/env bash
# Deploys the template with `az` alone, from one file of values: only what stands in the file counts, and a value that
# the template reads and the file lacks stops it. So no deployment resets what an earlier one had set.
#
#   infra/scripts/deploy.sh FILE [what-if | names]
#
#   FILE     a line NAME=value, as a shell reads it, for every variable of infra/main.bicepparam (docs/deploying.md)
#   what-if  only shows what a deployment would change
#   names    only prints what the last one made, as NAME='value', for eval
set -euo pipefail

usage() {
    sed -n '5s/^# */usage: /p' "$0" >&2
    exit 2
}

[ $# -ge 1 ] && [ $# -le 2 ] || usage
file=$1 deed=${2:-create}
case $deed in create | what-if | names) ;; *) usage ;; esac
# Without a slash the shell would look for it on the path.
case $file in */*) ;; *) file=./$file ;; esac
if [ ! -r "$file" ]; then
    echo "$file cannot be read" >&2
    exit 1
fi

infra=$(cd "$(dirname "$0")/.." && pwd)
names=()
while IFS= read -r name; do
    names+=("$name")
    unset "$name"
done < <(grep -o "readEnvironmentVariable('[A-Z_]*'" "$infra/main.bicepparam" | cut -d "'" -f 2 | sort -u)
set -a
# shellcheck source=/dev/null
. "$file"
set +a
faults=0
for name in "${names[@]}"; do
    if [ -z "${!name+is set}" ]; then
        echo "$file: $name is missing; let it stand there, with nothing behind the = where it has no value" >&2
        faults=1
    fi
done
for name in AZURE_ENV_NAME AZURE_LOCATION AZURE_SUBSCRIPTION_ID BACKUP_SUBSCRIPTIONS; do
    if [ -z "${!name-unseen}" ]; then
        echo "$file: $name: expected a value" >&2
        faults=1
    fi
done
[ $faults -eq 0 ] || exit 1

deployment=(--subscription "$AZURE_SUBSCRIPTION_ID" --name "$AZURE_ENV_NAME")
if [ "$deed" = names ]; then
    # Azure may give the names of outputs back in another casing.
    az deployment sub show "${deployment[@]}" --query properties.outputs --output json | python3 -c '
import json, shlex, sys
for name, one in json.load(sys.stdin).items():
    print(name.upper() + "=" + shlex.quote(one["value"]))'
    exit
fi
az deployment sub "$deed" "${deployment[@]}" --location "$AZURE_LOCATION" \
    --template-file "$infra/main.bicep" --parameters "$infra/main.bicepparam"
