// Sends the alerts of this subscription's Recovery Services vaults to the action group.

@description('Tags of every resource.')
param tags object

@description('The action group that calls the alert door.')
param actionGroupId string

// A rule reaches no further than its own subscription.
var everything = subscription().id

resource rule 'Microsoft.AlertsManagement/actionRules@2021-08-08' = {
  name: 'backup-failures-to-remediator'
  location: 'Global'
  tags: tags
  properties: {
    description: 'Sends alerts of failed backups to the Backup Remediator, which reads the vault itself.'
    enabled: true
    scopes: [
      everything
    ]
    // Failed jobs come as severity 1. Security alerts of the same vaults (severity 0) are not ours to hear.
    conditions: [
      {
        field: 'TargetResourceType'
        operator: 'Equals'
        values: [
          'microsoft.recoveryservices/vaults'
        ]
      }
      {
        field: 'Severity'
        operator: 'Equals'
        values: [
          'Sev1'
        ]
      }
      {
        field: 'MonitorCondition'
        operator: 'Equals'
        values: [
          'Fired'
        ]
      }
    ]
    actions: [
      {
        actionType: 'AddActionGroups'
        actionGroupIds: [
          actionGroupId
        ]
      }
    ]
  }
}
