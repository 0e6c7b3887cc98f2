// Logs, and two alerts: that the app itself has fallen silent, which nobody else could say, and that it raised an alarm.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Region of workspace and component.')
param location string

@description('Tags of every resource.')
param tags object

@description('The identity that writes telemetry: its principal id.')
param writerPrincipalId string

@description('How long logs are kept, in days. The audit trail is not in them: it is in the tables.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Who is told by e-mail when no sweep has ended for two hours, or an alarm was raised. None: both show in Azure Monitor only.')
param alarmEmails array

// Monitoring Metrics Publisher
var publisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${token}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      disableLocalAuth: true
    }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${token}'
  location: location
  kind: 'web'
  tags: tags
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

resource writes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, writerPrincipalId, publisher)
  properties: {
    principalId: writerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: publisher
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alarmEmails)) {
  name: 'ag-${token}-people'
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'BackupRemed'
    enabled: true
    emailReceivers: [for address in alarmEmails: {
      name: address
      emailAddress: address
      useCommonAlertSchema: true
    }]
  }
}

resource silence 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = {
  name: 'alarm-${token}-silent'
  location: location
  kind: 'LogAlert'
  tags: tags
  properties: {
    displayName: 'Backup Remediator: no sweep has ended for two hours'
    description: 'The sweep runs every 30 minutes. Without it overdue machines, lost wake-ups and locks that must go back are not looked at.'
    severity: 1
    enabled: true
    scopes: [
      component.id
    ]
    evaluationFrequency: 'PT30M'
    windowSize: 'PT2H'
    // The tables of a component that has written nothing yet do not exist.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: 'requests | where name == "sweep" and success == true'
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    actions: {
      actionGroups: empty(alarmEmails) ? [] : [
        people.id
      ]
    }
  }
}

// Alarms stay in the tables, where somebody has to look (`remediator alarms`). This one looks.
resource raised 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = {
  name: 'alarm-${token}-raised'
  location: location
  kind: 'LogAlert'
  tags: tags
  properties: {
    displayName: 'Backup Remediator: an alarm was raised'
    description: 'Something that does not go by itself: `remediator alarms` lists it, docs/operations.md says what to do. The result of the query is the alarm.'
    severity: 2
    enabled: true
    scopes: [
      component.id
    ]
    // Each look goes back over the one before: a line that reached the log late is told late, and not missed. So one
    // may be told twice.
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          // How functions/alarms.py begins the line; a test compares them.
          query: 'traces | where severityLevel >= 3 and message startswith "remediator alarm: "'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    // Told anew each time: one that stood until it is well again would hide the next.
    autoMitigate: false
    actions: {
      actionGroups: empty(alarmEmails) ? [] : [
        people.id
      ]
    }
  }
}

output connectionString string = component.properties.ConnectionString
