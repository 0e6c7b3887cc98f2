#!/usr/bin/env bash
# Sends the alert of a failed backup to the alert door, in the shape that Azure Monitor sends it, with the door's
# key. An alert is only a hint: the remediator reads the vault, and believes that. So a job that does not exist
# ends as a rejected delivery, and a real one opens an incident.
#
#   infra/scripts/test-alert.sh --in RESOURCE_GROUP --vault VAULT_ID --vm VM_ID [--job JOB_ID]
#
#   --in     the remediator's own resource group
#   --vault  ARM id of a vault in scope
#   --vm     ARM id of a machine that it protects
#   --job    id of a failed job (az backup job list ... --status Failed); by default one that no vault knows
set -euo pipefail

home='' vault='' vm='' job=00000000-0000-4000-8000-000000000000
while [ $# -ge 2 ]; do
    case $1 in
        --in) home=$2 ;;
        --vault) vault=${2%/} ;;
        --vm) vm=${2%/} ;;
        --job) job=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ -z "$home" ] || [ -z "$vault" ] || [ -z "$vm" ] || [ $# -gt 0 ]; then
    sed -n '6s/^# */usage: /p' "$0" >&2
    exit 2
fi

app=$(az functionapp list --resource-group "$home" --output tsv \
    --query "[?tags.\"azd-service-name\" == 'remediator'].name | [0]")
host=$(az functionapp show --resource-group "$home" --name "$app" --query defaultHostName --output tsv)
key=$(az functionapp function keys list --resource-group "$home" --name "$app" --function-name on_alert \
    --query default --output tsv)

name=${vm##*/}
group=${vm#*/resourceGroups/}
container="iaasvmcontainerv2;${group%%/*};$name"
item="$vault/backupFabrics/Azure/protectionContainers/IaasVMContainer;$container/protectedItems/VM;$container"
# The key goes in a file that is a pipe: a command line is visible to everybody on the machine.
curl --config <(printf 'header = "x-functions-key: %s"\n' "$key") --silent --show-error --fail-with-body \
    --header 'content-type: application/json' --data-binary @- "https://$host/api/alerts" <<JSON
{
  "schemaId": "azureMonitorCommonAlertSchema",
  "data": {
    "essentials": {
      "alertRule": "Backup Failure",
      "severity": "Sev1",
      "monitorCondition": "Fired",
      "monitoringService": "Azure Backup",
      "firedDateTime": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
      "alertTargetIDs": ["$vault"]
    },
    "alertContext": {
      "category": "Jobs",
      "protectedItemId": "$item",
      "linkedResourceId": "$vm",
      "linkedResourceName": "$name",
      "extendedInfo": {"jobId": "$job"}
    }
  }
}
JSON
echo
