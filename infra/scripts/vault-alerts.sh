#!/usr/bin/env bash
# Turns on "Azure Monitor alerts for job failures" in every Recovery Services vault of the subscriptions named.
# Without --apply it only says what it would do. Run it again whenever there are new vaults.
#
#   infra/scripts/vault-alerts.sh [--apply] SUBSCRIPTION...
#
# A script and not Bicep: Bicep puts a whole resource, and a vault would lose what the template does not repeat.
# This reads the vault's monitoring settings and sends them back with that one changed.
set -euo pipefail

version=2024-10-01
apply=false
if [ "${1:-}" = --apply ]; then
    apply=true
    shift
fi
if [ $# -eq 0 ]; then
    echo "usage: vault-alerts.sh [--apply] SUBSCRIPTION..." >&2
    exit 2
fi

state=properties.monitoringSettings.azureMonitorAlertSettings.alertsForAllJobFailures
# shellcheck disable=SC2016 # the backticks are JMESPath's, not the shell's
changed='{properties: {monitoringSettings: merge(properties.monitoringSettings || `{}`, {azureMonitorAlertSettings:
    merge(properties.monitoringSettings.azureMonitorAlertSettings || `{}`, {alertsForAllJobFailures: `"Enabled"`})})}}'

for subscription in "$@"; do
    vaults=$(az resource list --subscription "$subscription" \
        --resource-type Microsoft.RecoveryServices/vaults --query '[].id' --output tsv)
    if [ -z "$vaults" ]; then
        echo "none     no vault in subscription $subscription"
        continue
    fi
    while IFS= read -r vault; do
        url="$vault?api-version=$version"
        if [ "$(az rest --method get --url "$url" --query "$state" --output tsv)" = Enabled ]; then
            echo "on       $vault"
        elif [ "$apply" = true ]; then
            body=$(az rest --method get --url "$url" --query "$changed" --output json)
            az rest --method patch --url "$url" --body "$body" --output none
            echo "turned   $vault"
        else
            echo "off      $vault (--apply turns it on)"
        fi
    done <<<"$vaults"
done
