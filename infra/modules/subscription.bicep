// What a subscription in scope gets: the assigned roles, and, once the app listens, the rule that sends its
// vaults' alerts there.
targetScope = 'subscription'

@description('Name of the environment: part of the name of the rule\'s resource group.')
param environmentName string

@description('Region of the resource group that holds the rule.')
param location string

@description('Tags of every resource.')
param tags object

@description('One identity a role: [{role, principalId}].')
param powers array

@description('Names of the custom roles\' definitions, by key of infra/roles.json.')
param roleNames object

@description('Keys of the roles that are assigned here.')
param assignedRoles array

@description('The action group that calls the alert door; empty before it exists.')
param actionGroupId string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for power in filter(powers, one => contains(assignedRoles, one.role)): {
  name: guid(subscription().id, power.principalId, roleNames[power.role])
  properties: {
    principalId: power.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleNames[power.role])
    description: 'Backup Remediator: ${power.role}. Delete this assignment to take the power away.'
  }
}]

// A rule applies to its own subscription alone, so each has one, in a group of its own.
resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = if (!empty(actionGroupId)) {
  name: 'rg-${environmentName}-alerts'
  location: location
  tags: tags
}

module rule 'alert-rule.bicep' = if (!empty(actionGroupId)) {
  name: 'alert-rule'
  scope: group
  params: {
    tags: tags
    actionGroupId: actionGroupId
  }
}
