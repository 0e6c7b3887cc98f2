// The action group that calls the alert door. It can exist only when the code is there: the key in the address
// below belongs to the function, and the host makes it when the function is deployed.

@description('Part of every name: the same for every deployment of this environment.')
param token string

@description('Tags of every resource.')
param tags object

@description('Name of the function app.')
param siteName string

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: siteName
}

// The name that functions/alerts.py gives the function; a test compares them.
var door = 'on_alert'

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${token}-door'
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'BackupAlert'
    enabled: true
    azureFunctionReceivers: [
      {
        name: 'alert-door'
        functionAppResourceId: site.id
        functionName: door
        // This key opens this one function, which takes hints and changes nothing. The function is asked for by
        // its id: the types that Microsoft publishes describe the answer differently from what comes.
        httpTriggerUrl: 'https://${site.properties.defaultHostName}/api/alerts?code=${listKeys('${site.id}/functions/${door}', '2024-11-01').default}'
        useCommonAlertSchema: true
      }
    ]
  }
}

output id string = group.id
