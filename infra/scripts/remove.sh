#!/usr/bin/env bash
# Takes away what the remediator has outside its own resource group: the groups of the alert rules, the assignments of
# its identities, and its custom roles, by their exact names. Without --apply it only lists. The resource group itself
# goes last, and by other means: the identities in it are how everything else is found.
#
#   infra/scripts/remove.sh --in RESOURCE_GROUP [--suffix TEXT] [--prefix NAME]... [--apply] SUBSCRIPTION...
#
#   --in      the remediator's own resource group
#   --suffix  what was appended to the roles' names (the template's roleNameSuffix)
#   --prefix  how the groups of the backup service begin (backup-groups.sh)
set -euo pipefail

usage() {
    sed -n '6s/^# */usage: /p' "$0" >&2
    exit 2
}

home='' suffix='' apply=''
prefixes=() subscriptions=()
while [ $# -gt 0 ]; do
    case $1 in
        --apply) apply=yes && shift ;;
        --in | --suffix | --prefix)
            [ $# -ge 2 ] || usage
            case $1 in
                --in) home=$2 ;;
                --suffix) suffix=$2 ;;
                --prefix) prefixes+=(--prefix "$2") ;;
            esac
            shift 2
            ;;
        -*) usage ;;
        *) subscriptions+=("$1") && shift ;;
    esac
done
if [ -z "$home" ] || [ ${#subscriptions[@]} -eq 0 ]; then
    usage
fi
scripts=$(cd "$(dirname "$0")" && pwd)

principals=$(az identity list --resource-group "$home" --query '[].principalId' --output tsv)
if [ -z "$principals" ]; then
    echo "no identity in $home: is that the remediator's resource group?" >&2
    exit 1
fi

for subscription in "${subscriptions[@]}"; do
    alerts="$home-alerts"
    if [ "$(az group exists --subscription "$subscription" --name "$alerts")" = true ]; then
        if [ -n "$apply" ]; then
            az group delete --subscription "$subscription" --name "$alerts" --yes
            echo "deleted  group $alerts in subscription $subscription"
        else
            echo "would    delete group $alerts in subscription $subscription"
        fi
    fi
    while IFS= read -r principal; do
        assignments=$(az role assignment list --subscription "$subscription" --assignee "$principal" \
            --scope "/subscriptions/$subscription" --query '[].id' --output tsv)
        for assignment in $assignments; do
            if [ -n "$apply" ]; then
                az role assignment delete --ids "$assignment"
                echo "deleted  $assignment"
            else
                echo "would    delete $assignment"
            fi
        done
    done <<<"$principals"
done

for role in locks destructive; do
    if [ -n "$apply" ]; then
        "$scripts/backup-groups.sh" --in "$home" --role "$role" --suffix "$suffix" --remove \
            ${prefixes[@]+"${prefixes[@]}"} "${subscriptions[@]}"
    else
        echo "would    take the role $role off every group of the backup service"
    fi
done

while IFS= read -r role; do
    for definition in $(az role definition list --custom-role-only --name "$role$suffix" --query '[].name' \
        --output tsv); do
        if [ -n "$apply" ]; then
            az role definition delete --name "$definition"
            echo "deleted  role $role$suffix"
        else
            echo "would    delete role $role$suffix"
        fi
    done
done < <(sed -n 's/^ *"name": "\(.*\)",$/\1/p' "$scripts/../roles.json")
