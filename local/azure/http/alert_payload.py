"""The alert that Azure Monitor sends for a failed backup, in the common alert schema.

Its shape follows the one published capture of a fired Azure Backup alert: it names the job and
has no error code; the code stands lower-cased at the end of ``originAlertId``.
"""

import re
from typing import Any

from local.azure.http.times import stamp
from local.azure.model import names
from local.azure.model.entities import Alert


def payload(alert: Alert) -> dict[str, Any]:
    """Return the document that an action group posts."""
    job = alert.job
    machine, site = job.machine, job.machine.site
    error = job.error
    word = re.sub(r"[^a-z0-9]", "", (error.code or "").lower()) if error else ""
    vault = site.id.lower()
    item_name = f"VM;{names.container(machine.vm.resource_group, machine.vm.name)}"
    advice = f"For troubleshooting steps, see https://aka.ms/AB-{word or 'backuperrors'}"
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": (
                    f"/subscriptions/{machine.subscription}/providers/"
                    f"Microsoft.AlertsManagement/alerts/{alert.id}"
                ),
                "alertRule": "Backup Failure",
                "severity": "Sev1",
                "signalType": "Log",
                "monitorCondition": "Fired",
                "monitoringService": "Azure Backup",
                "region": site.vault.location,
                "description": error.text if error else "",
                "firedDateTime": stamp(alert.fired),
                "originAlertId": f"{int(names.chance(alert.id) * 10**18)}_0_azureiaasvm{word}",
                "alertTargetIDs": [vault],
                "configurationItems": [site.vault.name],
                "targetResourceType": "microsoft.recoveryservices/vaults",
                "targetResourceGroup": site.vault.resource_group.lower(),
                "essentialsVersion": "1.0",
                "alertContextVersion": "1.0",
            },
            "alertContext": {
                "alertVersionNumber": "V2020_10",
                "category": "Jobs",
                "sourceId": (
                    f"{machine.id}/providers/Microsoft.RecoveryServices/backupProtectedItem/"
                    f"{item_name}"
                ),
                "sourceType": "VM",
                "formattedSourceType": "AzureIaaSVM",
                "protectedItemId": machine.item_id,
                "linkedResourceId": machine.id,
                "linkedResourceName": machine.vm.name,
                "firstLevelContainerId": item_name.removeprefix("VM;"),
                "secondLevelContainerId": None,
                "extendedInfo": {
                    "jobId": job.id,
                    "possibleCauses": None,
                    "occurrenceCount": 1,
                    "recommendedActions": advice,
                },
            },
            "customProperties": None,
        },
    }
