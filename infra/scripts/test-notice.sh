#!/usr/bin/env bash
# Publishes a notice on the topic, of a kind that people hear, so that whoever is subscribed to people's events gets
# one that says of itself that it is a test. Whoever runs this needs the role `EventGrid Data Sender` on the topic.
#
#   infra/scripts/test-notice.sh --in RESOURCE_GROUP
#
#   --in     the remediator's own resource group
set -euo pipefail

if [ $# -ne 2 ] || [ "$1" != --in ] || [ -z "$2" ]; then
    sed -n '5s/^# */usage: /p' "$0" >&2
    exit 2
fi

endpoint=$(az eventgrid topic list --resource-group "$2" --output tsv \
    --query "[?starts_with(name, 'evgt-')].endpoint | [0]")
if [ -z "$endpoint" ]; then
    echo "no topic in $2: is that the remediator's resource group?" >&2
    exit 1
fi
token=$(az account get-access-token --resource https://eventgrid.azure.net --query accessToken --output tsv)
at=$(date -u +%Y-%m-%dT%H:%M:%SZ)

# The token goes in a file that is a pipe: a command line is visible to everybody on the machine.
curl --config <(printf 'header = "authorization: Bearer %s"\n' "$token") --silent --show-error --fail-with-body \
    --header 'content-type: application/cloudevents+json; charset=utf-8' --data-binary @- \
    "$endpoint?api-version=2018-01-01" <<JSON
{
  "specversion": "1.0",
  "id": "test-$at",
  "source": "/backup-remediator",
  "type": "BackupRemediator.Finding.v1",
  "subject": "test",
  "time": "$at",
  "datacontenttype": "application/json",
  "data": {
    "key": "test-$at",
    "kind": "finding",
    "reason": "This is a test: nothing has failed. Whoever reads it hears what people are told.",
    "next": {"remedy": "Nothing is to be done."}
  }
}
JSON
echo "sent: test-$at"
