#!/usr/bin/env bash
# Assigns the role `locks` or `destructive` on the resource groups in which Azure Backup keeps restore points: on
# those that there are now, and nowhere else. The service makes such groups when it first needs them, so run it
# again when there are new ones. Without --apply it only lists them.
#
#   infra/scripts/backup-groups.sh --in RESOURCE_GROUP --role locks|destructive [--apply | --remove]
#                                  [--prefix NAME]... [--suffix TEXT] SUBSCRIPTION...
#
#   --in      the remediator's own resource group, where its identities are
#   --prefix  how the groups' names begin; a backup policy may say so itself (default: AzureBackupRG_)
#   --suffix  what was appended to the roles' names (the template's roleNameSuffix)
set -euo pipefail

usage() {
    sed -n '6,7s/^# *//p' "$0" >&2
    exit 2
}

home='' role='' suffix='' deed=list
prefixes=() subscriptions=()
while [ $# -gt 0 ]; do
    case $1 in
        --apply | --remove) deed=${1#--} && shift ;;
        --in | --role | --prefix | --suffix)
            [ $# -ge 2 ] || usage
            case $1 in
                --in) home=$2 ;;
                --role) role=$2 ;;
                --prefix) prefixes+=("$2") ;;
                --suffix) suffix=$2 ;;
            esac
            shift 2
            ;;
        -*) usage ;;
        *) subscriptions+=("$1") && shift ;;
    esac
done
case $role in
    locks) name="Backup Remediator Locks$suffix" ;;
    destructive) name="Backup Remediator Restore Points$suffix" ;;
    *) usage ;;
esac
if [ -z "$home" ] || [ ${#subscriptions[@]} -eq 0 ]; then
    usage
fi
[ ${#prefixes[@]} -gt 0 ] || prefixes=(AzureBackupRG_)

principal=$(az identity list --resource-group "$home" --output tsv \
    --query "[?tags.\"backup-remediator-role\" == '$role'].principalId | [0]")
if [ -z "$principal" ]; then
    echo "no identity of the role $role in $home: is that the remediator's resource group?" >&2
    exit 1
fi

for subscription in "${subscriptions[@]}"; do
    for prefix in "${prefixes[@]}"; do
        groups=$(az group list --subscription "$subscription" --output tsv \
            --query "[?starts_with(name, '$prefix')].id")
        if [ -z "$groups" ]; then
            echo "none     no group $prefix* in subscription $subscription"
            continue
        fi
        while IFS= read -r group; do
            case $deed in
                apply)
                    az role assignment create --assignee-object-id "$principal" --output none \
                        --assignee-principal-type ServicePrincipal --role "$name" --scope "$group"
                    echo "assigned $group"
                    ;;
                remove)
                    az role assignment delete --assignee "$principal" --role "$name" --scope "$group"
                    echo "removed  $group"
                    ;;
                *) echo "would    $group (--apply assigns '$name' there)" ;;
            esac
        done <<<"$groups"
    done
done
