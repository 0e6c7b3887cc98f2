// The app's storage account: state, audit trail, queues, dead letters, chain heads, the app's package.
// Nobody has a key to it: whoever comes, comes with an identity.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Region of the account.')
param location string

@description('Tags of every resource.')
param tags object

@description('How often the data is copied, and where to.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
])
param sku string

@description('The app\'s own identity: its principal id.')
param homePrincipalId string

@description('How long an anchored chain head can be neither changed nor deleted, in days.')
@minValue(1)
@maxValue(146000)
param anchorDays int

@description('Whether the immutability is locked: then it is left as it is.')
param anchorsLocked bool

@description('How long a deleted blob or container can be brought back, in days.')
@minValue(1)
@maxValue(365)
param undeleteDays int

// Names that the code uses (state/layout.py); a test compares them.
var tables = [
  'incidents'
  'index'
  'duties'
  'vaults'
  'ledger'
  'storms'
]
var queues = [
  'backup-events'
  'backup-events-poison'
  'wakeups'
  'wakeups-poison'
]
var containers = [
  'evidence'
  'snapshots'
  'dead-letters'
  'policies'
]
var package = 'app-package'

// What the host and the code need on this account: leases and keys of the host (owner), state, queues.
var homeRoles = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
]

// Without a virtual network of its own the app comes from addresses that nobody can list, so the account listens
// on its public name; what keeps strangers out is that there is no key, no public blob, and no other identity.
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35: the app has no subnet to allow
  // checkov:skip=CKV_AZURE_59: the app has no subnet to allow; blobs are never public (allowBlobPublicAccess)
  // checkov:skip=CKV_AZURE_43: the name is st and the 13 small letters and digits of uniqueString, which checkov does not compute
  // checkov:skip=CKV_AZURE_206: replication is the parameter `sku`; its default copies to three zones
  name: 'st${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [for name in tables: {
  parent: tableService
  name: name
}]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' = [for name in queues: {
  parent: queueService
  name: name
}]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: undeleteDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: undeleteDays
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [for name in concat(containers, [package]): {
  parent: blobService
  name: name
  properties: {
    publicAccess: 'None'
  }
}]

resource anchors 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobService
  name: 'anchors'
  properties: {
    publicAccess: 'None'
  }
}

// Write once. The policy is not locked: locking cannot be undone by anybody, and is a step of its own
// (docs/deploying.md). Until then whoever may manage the account may shorten it.
resource writeOnce 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-01-01' = if (!anchorsLocked) {
  parent: anchors
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: anchorDays
    allowProtectedAppendWrites: false
  }
}

resource homeAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in homeRoles: {
  scope: account
  name: guid(account.id, homePrincipalId, role)
  properties: {
    principalId: homePrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
output packageUrl string = '${account.properties.primaryEndpoints.blob}${package}'
