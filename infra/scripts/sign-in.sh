#!/usr/bin/env bash
# Makes the app registration that people sign in to, or brings it up to date: the roles Reader, Operator and
# Approver, the address to come back to, and, in place of a client secret, the trust in the app's own identity.
# Needs a right to register applications in the directory. Prints the client id, which the template takes as
# `signInClientId`.
#
#   infra/scripts/sign-in.sh --in RESOURCE_GROUP [--name NAME]
#
#   --in    the remediator's own resource group
#   --name  display name of the registration (default: Backup Remediator)
set -euo pipefail

home='' name='Backup Remediator'
while [ $# -ge 2 ]; do
    case $1 in
        --in) home=$2 ;;
        --name) name=$2 ;;
        *) break ;;
    esac
    shift 2
done
if [ -z "$home" ] || [ $# -gt 0 ]; then
    sed -n '7s/^# */usage: /p' "$0" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")/.." && pwd)
graph=https://graph.microsoft.com/v1.0
# The scope's id is fixed, so that a second run changes nothing. The last is Azure CLI's, for `az account get-access-token`.
scope=9d1f4a0e-51c4-4c0b-8a1b-6f4f5d0b7c10
cli=04b07795-8ddb-461a-bbee-02f9e1bf7b46

host=$(az functionapp list --resource-group "$home" --output tsv \
    --query "[?tags.\"azd-service-name\" == 'remediator'].defaultHostName | [0]")
identity=$(az identity list --resource-group "$home" --output tsv \
    --query "[?ends_with(name, '-home')].principalId | [0]")
tenant=$(az account show --query tenantId --output tsv)
if [ -z "$host" ] || [ -z "$identity" ]; then
    echo "no function app or no identity of the remediator in $home: was it deployed there?" >&2
    exit 1
fi

callback="https://$host/.auth/login/aad/callback"

# Names are not unique, and anybody who may register applications chooses them: one that only bears the name is not ours.
apps=$(az ad app list --filter "displayName eq '${name//\'/\'\'}'" --query '[].appId' --output tsv)
app=$apps
case $apps in
    *$'\n'*)
        printf 'there is more than one application named %s; remove those that are not wanted, or choose another --name:\n%s\n' \
            "$name" "$apps" >&2
        exit 1
        ;;
    '')
        # With the address, by which a run that broke off after this knows its own work again.
        app=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --web-redirect-uris "$callback" \
            --query appId --output tsv)
        ;;
    *)
        ours=$(az ad app show --id "$app" --output tsv \
            --query "[api.oauth2PermissionScopes[?id == '$scope'].id, web.redirectUris[?@ == '$callback']][] | [?@] | [0]")
        if [ -z "$ours" ]; then
            ours=$(az ad app federated-credential list --id "$app" --output tsv \
                --query "[?name == 'function-app' && subject == '$identity'].id | [0]")
        fi
        if [ -z "$ours" ]; then
            echo "the application $app is named '$name' and was not made by this script: choose another --name" >&2
            exit 1
        fi
        ;;
esac
az ad app update --id "$app" --identifier-uris "api://$app" --enable-id-token-issuance true \
    --web-redirect-uris "$callback" --app-roles "@$here/app-roles.json"

patch() {
    az rest --method patch --url "$graph/$1(appId='$app')" --body "$2" \
        --headers Content-Type=application/json --output none
}
patch applications "{\"api\": {\"requestedAccessTokenVersion\": 2, \"oauth2PermissionScopes\": [{
    \"id\": \"$scope\", \"value\": \"user_impersonation\", \"type\": \"User\", \"isEnabled\": true,
    \"adminConsentDisplayName\": \"Use the Backup Remediator\", \"userConsentDisplayName\": \"Use the Backup Remediator\",
    \"adminConsentDescription\": \"Use the API of the Backup Remediator in your name.\",
    \"userConsentDescription\": \"Use the API of the Backup Remediator in your name.\"}]}}"
# Only a scope that exists can be named here.
patch applications "{\"api\": {\"preAuthorizedApplications\": [{
    \"appId\": \"$cli\", \"delegatedPermissionIds\": [\"$scope\"]}]}}"

az ad sp show --id "$app" --output none 2>/dev/null || az ad sp create --id "$app" --output none
# Nobody gets in who was given no role.
patch servicePrincipals '{"appRoleAssignmentRequired": true}'

credential="{\"name\": \"function-app\", \"subject\": \"$identity\", \"audiences\": [\"api://AzureADTokenExchange\"],
    \"issuer\": \"https://login.microsoftonline.com/$tenant/v2.0\"}"
known=$(az ad app federated-credential list --id "$app" --query "[?name == 'function-app'].id | [0]" --output tsv)
if [ -n "$known" ]; then
    az ad app federated-credential update --id "$app" --federated-credential-id "$known" \
        --parameters "$credential" --output none
else
    az ad app federated-credential create --id "$app" --parameters "$credential" --output none
fi

echo "The registration '$name' is ready. Give people its roles: Entra ID, Enterprise applications, '$name', Users and groups." >&2
echo "Then deploy once more with signInClientId (azd env set SIGN_IN_CLIENT_ID $app)." >&2
echo "$app"
