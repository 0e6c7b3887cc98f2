// The function app on a Flex Consumption plan, and its settings.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Region of plan and app.')
param location string

@description('Tags of every resource.')
param tags object

@description('The identity of the app itself: {id, clientId}.')
param home object

@description('One identity a role: [{role, id, clientId}].')
param powers array

@description('Where the app lives: {blob, queue, table, package}, the storage account\'s addresses.')
param storage object

@description('Address of the Event Grid topic.')
param topicEndpoint string

@description('Where telemetry goes.')
param telemetryConnectionString string

@description('The key vault that secret settings name.')
param vaultName string

@description('Settings whose value is a secret: name of the setting to name of the secret in the key vault.')
param secretSettings object

@description('Ids of the subscriptions in scope.')
param subscriptions array

@description('What happens unasked.')
@allowed([
  'off'
  'observe'
  'approve'
  'auto'
])
param mode string

@description('The highest risk that may be taken unasked.')
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
param maxRisk string

@description('Any other settings of docs/settings.md: name to value.')
param policySettings object

@description('Address at which people reach the page. Empty: the app\'s own.')
param pageAddress string

@description('Instances that are kept warm for the alert door, the page and the API.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int

@description('How many instances there may be at once.')
@minValue(40)
@maxValue(1000)
param maximumInstances int

@description('Memory of an instance, in MB.')
@allowed([
  512
  2048
  4096
])
param instanceMemory int

@description('Spread the app over zones, where the region has them.')
param zoneRedundant bool

var name = 'func-${token}'

var identitySettings = toObject(powers, power => 'REMEDIATOR_IDENTITY_${toUpper(power.role)}', power => power.clientId)

var secretReferences = toObject(items(secretSettings), secret => secret.key, secret => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${secret.value})')

// The host takes the account's addresses and an identity in place of a connection string.
var settings = {
  AzureWebJobsStorage__blobServiceUri: storage.blob
  AzureWebJobsStorage__queueServiceUri: storage.queue
  AzureWebJobsStorage__tableServiceUri: storage.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: home.clientId
  // Which of the identities the Azure SDK means where nobody names one.
  AZURE_CLIENT_ID: home.clientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${home.clientId};Authorization=AAD'
  // The name is the platform's: the app proves itself to Entra by this identity, so there is no client secret.
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: home.clientId
  REMEDIATOR_TOPIC_ENDPOINT: topicEndpoint
  REMEDIATOR_LINK_BASE: empty(pageAddress) ? 'https://${name}.azurewebsites.net' : pageAddress
  REMEDIATOR_SCOPES: join(subscriptions, ',')
  REMEDIATOR_MODE: mode
  REMEDIATOR_MAX_RISK: maxRisk
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  // checkov:skip=CKV_AZURE_225: zones are the parameter `zoneRedundant`; not every region has them
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  // checkov:skip=CKV_AZURE_17: people come with Entra's tokens and the action group with a key; neither has a client certificate
  // checkov:skip=CKV_AZURE_222: Azure Monitor calls the alert door from the internet
  // checkov:skip=CKV_AZURE_212: instances come with the load and go with it; the parameter `alwaysReadyInstances` keeps some
  // checkov:skip=CKV_AZURE_213: the platform watches instances of this plan itself; the setting has no effect on it
  name: name
  location: location
  kind: 'functionapp,linux'
  tags: union(tags, { 'azd-service-name': 'remediator' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: toObject(concat([home], powers), identity => identity.id, identity => {})
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: home.id
    functionAppConfig: {
      runtime: {
        name: 'python'
        version: '3.13'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: storage.package
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: home.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReadyInstances == 0 ? [] : [
          {
            name: 'http'
            instanceCount: alwaysReadyInstances
          }
        ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      // A typed parameter stands above what `policySettings` says of the same name.
      appSettings: [for setting in items(union(policySettings, secretReferences, identitySettings, settings)): {
        name: setting.key
        value: setting.value
      }]
    }
  }
}

output name string = site.name
output id string = site.id
output hostName string = site.properties.defaultHostName
