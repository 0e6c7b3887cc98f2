// The app's identities. `home` reaches what the app is made of: storage, topic, secrets, telemetry.
// Each of the others has one custom role, or none: what is not assigned cannot be done.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Region of the identities.')
param location string

@description('Tags of every resource.')
param tags object

@description('Keys of infra/roles.json, one identity each.')
param roleKeys array

resource home 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${token}-home'
  location: location
  tags: tags
}

resource power 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = [for key in roleKeys: {
  name: 'id-${token}-${key}'
  location: location
  // The tag is how infra/scripts/backup-groups.sh finds the identity again.
  tags: union(tags, { 'backup-remediator-role': key })
}]

output home object = {
  id: home.id
  clientId: home.properties.clientId
  principalId: home.properties.principalId
}

output powers array = [for (key, i) in roleKeys: {
  role: key
  id: power[i].id
  clientId: power[i].properties.clientId
  principalId: power[i].properties.principalId
}]
