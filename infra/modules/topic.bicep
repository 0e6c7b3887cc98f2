// Our own Event Grid topic: failures on their way in, notices on their way out; and the subscription that
// puts failures into the queue the app listens to.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Region of the topic.')
param location string

@description('Tags of every resource.')
param tags object

@description('The storage account whose queue takes the events.')
param storageName string

@description('The identity that publishes: its principal id.')
param senderPrincipalId string

@description('How often a delivery is tried before the event becomes a dead letter.')
@minValue(1)
@maxValue(30)
param deliveryAttempts int

@description('How long a delivery is tried, in minutes, before the event becomes a dead letter.')
@minValue(1)
@maxValue(1440)
param deliveryMinutes int

@description('Address that people\'s events are sent to: https://host/path. Empty: nobody hears them here.')
@secure()
param peopleWebhook string

// EventGrid Data Sender
var dataSender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'd5a91429-5739-47e2-a06b-3470a27159e7')
// Storage Queue Data Message Sender
var messageSender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a')
// Storage Blob Data Contributor
var blobContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' existing = {
  parent: account
  name: 'default'
}

resource events 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' existing = {
  parent: queueService
  name: 'backup-events'
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: account
  name: 'default'
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: blobService
  name: 'dead-letters'
}

// The app publishes from addresses that nobody can list, as long as it has no virtual network of its own.
resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  // checkov:skip=CKV_AZURE_193: it has no keys; only an identity with the role may publish
  name: 'evgt-${token}'
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

resource mayPublish 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: topic
  name: guid(topic.id, senderPrincipalId, dataSender)
  properties: {
    principalId: senderPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: dataSender
  }
}

resource mayDeliver 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: events
  name: guid(events.id, topic.id, messageSender)
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: messageSender
  }
}

resource mayDeadLetter 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: deadLetters
  name: guid(deadLetters.id, topic.id, blobContributor)
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: blobContributor
  }
}

resource failures 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'backup-failures'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    // Only what comes in: our own notices go out over the same topic, to whoever subscribes.
    filter: {
      includedEventTypes: [
        'BackupRemediator.BackupJobFailed.v1'
      ]
    }
    deliveryWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: account.id
          queueName: events.name
          // A failure waits until it is taken; the host moves what cannot be taken to the poison queue.
          queueMessageTimeToLiveInSeconds: -1
        }
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: deliveryAttempts
      eventTimeToLiveInMinutes: deliveryMinutes
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: account.id
          blobContainerName: deadLetters.name
        }
      }
    }
  }
  dependsOn: [
    mayDeliver
    mayDeadLetter
  ]
}

// What people must know: every notice there is, and not the failures.
resource people 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = if (!empty(peopleWebhook)) {
  parent: topic
  name: 'people'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'BackupRemediator.IncidentEscalated.v1'
        'BackupRemediator.IncidentReminder.v1'
        'BackupRemediator.ApprovalRequested.v1'
        'BackupRemediator.IncidentResolved.v1'
        'BackupRemediator.Finding.v1'
        'BackupRemediator.StormDetected.v1'
        'BackupRemediator.StormEscalated.v1'
        'BackupRemediator.StormEnded.v1'
        'BackupRemediator.PolicyRefused.v1'
      ]
    }
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: peopleWebhook
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: deliveryAttempts
      eventTimeToLiveInMinutes: deliveryMinutes
    }
    // What the address did not take for a day: the sweep finds it there, and raises an alarm.
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: account.id
          blobContainerName: deadLetters.name
        }
      }
    }
  }
  dependsOn: [
    mayDeadLetter
  ]
}

output name string = topic.name
output endpoint string = topic.properties.endpoint
