// Every knob of the deployment, with what it is for. `azd` fills in the environment variables; whoever deploys
// with `az` alone may export them, or write the values here.
using 'main.bicep'

// ---------------------------------------------------------------------------------------------- where and for whom

// Part of the resource group's name (rg-NAME). 3 to 40 characters.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'backup-remediator')

// Region of everything that has one. `az functionapp list-flexconsumption-locations` lists those that fit.
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// Subscriptions whose machines are looked after: ids, by comma. At least one; nothing outside them is touched.
// Without the variable it is the subscription that is deployed to.
param subscriptions = map(split(readEnvironmentVariable('BACKUP_SUBSCRIPTIONS', readEnvironmentVariable('AZURE_SUBSCRIPTION_ID', '')), ','), id => trim(id))

// Tags of every resource, such as {owner: 'platform-team', 'cost-center': '4711'}.
param tags = {}

// ---------------------------------------------------------------------------------------------- what it may do

// off, observe, approve or auto. It starts by observing: it decides and records, and changes nothing.
param mode = readEnvironmentVariable('REMEDIATOR_MODE', 'observe')

// The highest risk taken unasked: none, low, guest_io, guest_service, guest_config, platform, downtime, destructive.
// A retry of a backup freezes the guest's disks for a moment and is guest_io.
param maxRisk = readEnvironmentVariable('REMEDIATOR_MAX_RISK', 'low')

// Any other setting of docs/settings.md, such as {REMEDIATOR_OBJECTIVE: 'PT26H'}. The app checks them when it
// starts and names every fault. Names that the template sets itself keep the template's value.
param policySettings = {}

// Powers given in every subscription in scope, a subset of read, backup, low, guest and restart (infra/roles.json).
// Without `guest` no script ever runs inside a machine; without `restart` none is restarted. `locks` and
// `destructive` cannot stand here: infra/scripts/backup-groups.sh assigns them, group by group.
param assignedRoles = [
  'read'
  'backup'
  'low'
]

// Names of custom roles are unique in a tenant. A second environment needs a suffix, such as ' (test)'.
param roleNameSuffix = readEnvironmentVariable('ROLE_NAME_SUFFIX', '')

// ---------------------------------------------------------------------------------------------- hearing and signing in

// Whether the vaults' alerts are sent to the app. Only after its code was deployed for the first time: the key of
// the alert door does not exist before.
param connectAlerts = bool(readEnvironmentVariable('CONNECT_ALERTS', 'false'))

// App registration that people sign in to; infra/scripts/sign-in.sh makes it and prints this id. Empty: nobody can
// sign in, and page and API answer 401.
param signInClientId = readEnvironmentVariable('SIGN_IN_CLIENT_ID', '')

// Address at which people reach the page, where it is not the app's own: https://host, without a path. Links in
// notices begin with it.
param pageAddress = ''

// Who gets an e-mail when the app raised an alarm, or no sweep has ended for two hours: addresses, by comma, at most
// 20. Empty: nobody is told, and alarms stand where somebody looks (docs/operations.md).
param alarmEmails = filter(map(split(readEnvironmentVariable('ALARM_EMAILS', ''), ','), address => trim(address)), address => !empty(address))

// Webhook that escalations, requests for approval and every other notice are sent to: https://host/path, as CloudEvents
// 1.0. While this is deployed it must answer their handshake (an OPTIONS request), or the deployment fails. What stands
// in its address may be a secret; `azd` keeps it in .azure/, on the machine that deploys. Empty: nobody is told by this
// template, and docs/deploying.md says how else.
param peopleWebhook = readEnvironmentVariable('PEOPLE_WEBHOOK', '')

// Settings that are secrets: name of the setting to name of the secret in the key vault. The value itself stands
// neither here nor in the app's settings, which hold a reference. {REMEDIATOR_LINK_KEY: 'link-key'} has links in
// notices signed (docs/deploying.md).
param secretSettings = {}

// ---------------------------------------------------------------------------------------------- how large

// Instances kept warm for alert door, page and API, 0 to 20. Zero costs nothing while nothing fails; a cold start
// then delays the first alert by seconds.
param alwaysReadyInstances = 0

// How many instances there may be at once, 40 (the platform's least) to 1000. Reads of vaults are the scarce
// resource, so more instances repair no faster; 40 are plenty for ten thousand machines.
param maximumInstances = 40

// Memory of an instance in MB: 512, 2048 or 4096.
param instanceMemory = 2048

// Spread the app over zones, where the region has them.
param zoneRedundant = false

// ---------------------------------------------------------------------------------------------- how long things are kept

// Standard_LRS, Standard_ZRS, Standard_GRS or Standard_GZRS. State and audit trail lie in this account.
param storageSku = 'Standard_ZRS'

// Days for which an anchored chain head can be neither changed nor deleted: as long as records are kept.
param anchorDays = 400

// True once somebody has locked that (docs/deploying.md): a locked policy takes no second deployment.
param anchorsLocked = bool(readEnvironmentVariable('ANCHORS_LOCKED', 'false'))

// Days for which a deleted blob can be brought back, 1 to 365.
param undeleteDays = 14

// Days for which logs are kept, 30 to 730. The audit trail is not among them.
param logDays = 90

// How often (1 to 30) and for how many minutes (1 to 1440) Event Grid tries a delivery, before the event becomes
// a dead letter, which the sweep finds and reports.
param deliveryAttempts = 30
param deliveryMinutes = 1440
