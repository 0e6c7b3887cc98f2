// The key vault for secrets of channels (a webhook's address, a token). The templates write no secret into
// it: people do, and an app setting names it.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Region of the vault.')
param location string

@description('Tags of every resource.')
param tags object

@description('The identity that reads secrets: its principal id.')
param readerPrincipalId string

// Key Vault Secrets User
var secretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

// App settings are resolved from addresses that nobody can list, as long as the app has no virtual network.
resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  // checkov:skip=CKV_AZURE_189: only identities with a data role read it
  // checkov:skip=CKV_AZURE_109: the app has no address or subnet to allow
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, readerPrincipalId, secretsUser)
  properties: {
    principalId: readerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: secretsUser
  }
}

output name string = vault.name
