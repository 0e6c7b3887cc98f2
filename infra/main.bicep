// Everything the Backup Remediator needs in Azure, and the rights it gets. infra/README.md says what and why;
// docs/deploying.md says how. Deployed again with the same values it changes nothing.
targetScope = 'subscription'

// ---------------------------------------------------------------------------------------------- where and for whom

@description('Name of this environment: part of the resource group\'s name. Two environments may stand side by side.')
@minLength(3)
@maxLength(40)
param environmentName string

@description('Region of everything that has a region. It must offer Flex Consumption with Python 3.13.')
@minLength(3)
param location string

@description('Ids of the subscriptions whose machines are looked after. Nothing outside them is read or changed.')
@minLength(1)
param subscriptions array

@description('Tags of every resource.')
param tags object = {}

// ---------------------------------------------------------------------------------------------- what it may do

@description('What happens unasked: nothing at all, looking and recording, changes that a person approved, or repairs.')
@allowed([
  'off'
  'observe'
  'approve'
  'auto'
])
param mode string = 'observe'

@description('The highest risk that may be taken unasked (docs/policy.md).')
@allowed([
  'none'
  'low'
  'guest_io'
  'guest_service'
  'guest_config'
  'platform'
  'downtime'
  'destructive'
])
param maxRisk string = 'low'

@description('Any other settings of docs/settings.md, name to value, such as {REMEDIATOR_OBJECTIVE: \'PT26H\'}.')
param policySettings object = {}

@description('Roles assigned in every subscription in scope, by their keys in infra/roles.json. `locks` and `destructive` are never among them: they belong on single resource groups.')
@allowed([
  'read'
  'backup'
  'low'
  'guest'
  'restart'
])
param assignedRoles array = [
  'read'
  'backup'
  'low'
]

@description('Appended to the names of the custom roles, which must be unique in the tenant: for a second environment beside the first.')
@maxLength(40)
param roleNameSuffix string = ''

// ---------------------------------------------------------------------------------------------- hearing and signing in

@description('Send the vaults\' alerts to the app. Only once its code is deployed: the door\'s key is made then.')
param connectAlerts bool = false

@description('Client id of the app registration that people sign in to (infra/scripts/sign-in.sh). Empty: nobody can sign in.')
param signInClientId string = ''

@description('Address at which people reach the page, where it is not the app\'s own: https://host. Links in notices begin with it.')
param pageAddress string = ''

@description('Who is told by e-mail when the app raised an alarm, or itself falls silent. Empty: nobody.')
@maxLength(20)
param alarmEmails array = []

@description('Webhook that people\'s events are sent to (docs/deploying.md): https://host/path. It must answer CloudEvents\' handshake while this is deployed. Empty: nobody hears them by the template.')
@secure()
param peopleWebhook string = ''

@description('Settings whose value is a secret: name of the setting to name of the secret in the key vault.')
param secretSettings object = {}

// ---------------------------------------------------------------------------------------------- how large

@description('Instances that are kept warm for alert door, page and API.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('How many instances there may be at once. 40 is the platform\'s least.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Memory of an instance, in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemory int = 2048

@description('Spread the app over zones, where the region has them.')
param zoneRedundant bool = false

// ---------------------------------------------------------------------------------------------- how long things are kept

@description('How often the storage account\'s data is copied, and where to.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
])
param storageSku string = 'Standard_ZRS'

@description('How long an anchored chain head can be neither changed nor deleted, in days.')
@minValue(1)
@maxValue(146000)
param anchorDays int = 400

@description('Whether somebody has locked the immutability of chain heads (docs/deploying.md). A locked policy takes no second deployment.')
param anchorsLocked bool = false

@description('How long a deleted blob can be brought back, in days.')
@minValue(1)
@maxValue(365)
param undeleteDays int = 14

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logDays int = 90

@description('How often Event Grid tries a delivery before the event becomes a dead letter.')
@minValue(1)
@maxValue(30)
param deliveryAttempts int = 30

@description('How long Event Grid tries a delivery, in minutes.')
@minValue(1)
@maxValue(1440)
param deliveryMinutes int = 1440

// ---------------------------------------------------------------------------------------------- what follows from it

var here = subscription().subscriptionId
var token = uniqueString(subscription().id, environmentName)
// The mark by which `azd` finds the one group that it deploys to: nothing outside that group bears it.
var marked = union(tags, { 'azd-env-name': environmentName })

// One custom role a class of risk; the code's tests hold the file to what the code calls.
var roles = loadJsonContent('roles.json')
var roleKeys = map(items(roles), role => role.key)
var roleNames = toObject(items(roles), role => role.key, role => guid(subscription().id, environmentName, role.key))
// Belt and braces: what roles.json does not allow on a subscription is not assigned there.
var assignable = map(filter(items(roles), role => role.value.scope == 'subscription'), role => role.key)

// Defined once for the tenant, and usable in the subscriptions in scope only.
resource definition 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [for role in items(roles): {
  name: roleNames[role.key]
  properties: {
    roleName: '${role.value.name}${roleNameSuffix}'
    description: role.value.description
    type: 'CustomRole'
    permissions: [
      {
        actions: role.value.actions
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
    assignableScopes: map(union([here], subscriptions), id => '/subscriptions/${id}')
  }
}]

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: marked
}

module identities 'modules/identities.bicep' = {
  name: 'identities'
  scope: group
  params: {
    token: token
    location: location
    tags: marked
    roleKeys: roleKeys
  }
}

module telemetry 'modules/telemetry.bicep' = {
  name: 'telemetry'
  scope: group
  params: {
    token: token
    location: location
    tags: marked
    writerPrincipalId: identities.outputs.home.principalId
    retentionDays: logDays
    alarmEmails: alarmEmails
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    token: token
    location: location
    tags: marked
    sku: storageSku
    homePrincipalId: identities.outputs.home.principalId
    anchorDays: anchorDays
    anchorsLocked: anchorsLocked
    undeleteDays: undeleteDays
  }
}

module topic 'modules/topic.bicep' = {
  name: 'topic'
  scope: group
  params: {
    token: token
    location: location
    tags: marked
    storageName: storage.outputs.name
    senderPrincipalId: identities.outputs.home.principalId
    deliveryAttempts: deliveryAttempts
    deliveryMinutes: deliveryMinutes
    peopleWebhook: peopleWebhook
  }
}

module secrets 'modules/secrets.bicep' = {
  name: 'secrets'
  scope: group
  params: {
    token: token
    location: location
    tags: marked
    readerPrincipalId: identities.outputs.home.principalId
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    token: token
    location: location
    tags: marked
    home: identities.outputs.home
    powers: identities.outputs.powers
    storage: {
      blob: storage.outputs.blobEndpoint
      queue: storage.outputs.queueEndpoint
      table: storage.outputs.tableEndpoint
      package: storage.outputs.packageUrl
    }
    topicEndpoint: topic.outputs.endpoint
    telemetryConnectionString: telemetry.outputs.connectionString
    vaultName: secrets.outputs.name
    secretSettings: secretSettings
    subscriptions: subscriptions
    mode: mode
    maxRisk: maxRisk
    policySettings: policySettings
    pageAddress: pageAddress
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstances: maximumInstances
    instanceMemory: instanceMemory
    zoneRedundant: zoneRedundant
  }
}

module signIn 'modules/sign-in.bicep' = if (!empty(signInClientId)) {
  name: 'sign-in'
  scope: group
  params: {
    siteName: app.outputs.name
    clientId: signInClientId
  }
}

module door 'modules/action-group.bicep' = if (connectAlerts) {
  name: 'action-group'
  scope: group
  params: {
    token: token
    tags: marked
    siteName: app.outputs.name
  }
}

module inScope 'modules/subscription.bicep' = [for id in union(subscriptions, subscriptions): {
  // Each once, however often it is named: in one subscription one deployment can have this name.
  name: 'backup-remediator-${token}'
  scope: subscription(id)
  params: {
    environmentName: environmentName
    location: location
    tags: tags
    powers: identities.outputs.powers
    roleNames: roleNames
    assignedRoles: intersection(assignedRoles, assignable)
    actionGroupId: connectAlerts ? door.outputs.id : ''
  }
  dependsOn: [
    definition
  ]
}]

output RESOURCE_GROUP string = group.name
// What `azd deploy` asks for before it looks for a marked group.
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP string = app.outputs.name
output PAGE string = 'https://${app.outputs.hostName}/'
output API string = 'https://${app.outputs.hostName}/api'
output STORAGE_ACCOUNT string = storage.outputs.name
output TOPIC string = topic.outputs.name
output KEY_VAULT string = secrets.outputs.name
// For the scripts: what was deployed with, also where it was left to its default.
output SUBSCRIPTIONS string = join(union(subscriptions, subscriptions), ' ')
output ROLE_NAME_SUFFIX string = roleNameSuffix
