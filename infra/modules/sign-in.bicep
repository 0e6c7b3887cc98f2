// Microsoft Entra in front of the app: who may sign in. Without it nobody can, and page and API answer 401.

@description('Name of the function app.')
param siteName string

@description('Client id of the app registration that people sign in to (infra/scripts/sign-in.sh).')
param clientId string

// Azure CLI, so that an operator's `az account get-access-token` opens the API.
var azureCli = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'

resource site 'Microsoft.Web/sites@2024-11-01' existing = {
  name: siteName
}

resource signIn 'Microsoft.Web/sites/config@2024-11-01' = {
  // This resource holds the authentication alone; what checkov looks for in it stands in `site`, or does not exist there.
  // checkov:skip=CKV_AZURE_13: this is the authentication
  // checkov:skip=CKV_AZURE_63: a setting of the site; a function app logs to Application Insights
  // checkov:skip=CKV_AZURE_65: the same
  // checkov:skip=CKV_AZURE_66: the same
  // checkov:skip=CKV_AZURE_80: a setting of the site; the app is Python
  // checkov:skip=CKV_AZURE_88: a setting of the site; the app mounts nothing
  // checkov:skip=CKV_AZURE_222: a setting of the site; argued there
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      // The action group and Event Grid have keys of their own, which the host asks for. Health is for probes, which
      // cannot sign in: it tells them whether each part works, and nothing else.
      excludedPaths: [
        '/api/alerts'
        '/api/health'
        '/runtime/webhooks/eventgrid'
      ]
    }
    httpSettings: {
      requireHttps: true
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: clientId
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
        validation: {
          allowedAudiences: [
            clientId
            'api://${clientId}'
          ]
          defaultAuthorizationPolicy: {
            allowedApplications: [
              clientId
              azureCli
            ]
          }
        }
      }
    }
    login: {
      // Tokens of people are not kept: nothing here acts in their name.
      tokenStore: {
        enabled: false
      }
    }
  }
}
