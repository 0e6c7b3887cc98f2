"""What the templates call things, and what the code calls them."""

import json
import re
from dataclasses import replace
from pathlib import Path

import azure.functions as func
import httpx
import pytest
import yaml

from console.principal import Role
from functions import alarms, alerts, configuration, console, event_grid, queues, timers
from remediation import bundle
from remediation.intake import EVENT_TYPE
from remediation.model import Mode, Risk
from remediation.policies import notice as policy
from remediation.settings import SETTINGS
from remediation.storms import notice as storms
from state import layout
from tests.console.conftest import serving
from tests.console.estate import Estate
from tests.infra.reading import (
    INFRA,
    MAIN,
    Resource,
    Value,
    modules,
    outputs,
    parameters,
    resources,
    variables,
)

ROOT = INFRA.parent
TELEMETRY = INFRA / "modules" / "telemetry.bicep"
STORAGE, TOPIC, APP = (INFRA / "modules" / f"{one}.bicep" for one in ("storage", "topic", "app"))
DOOR = INFRA / "modules" / "action-group.bicep"
HEALTH = "/api/health"
SIGN_IN = INFRA / "modules" / "sign-in.bicep"
ROLES = json.loads((INFRA / "roles.json").read_text("utf-8"))
# What the platform's host and SDKs read, and no code of ours.
PLATFORMS = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
}


def the(path: Path, symbol: str) -> Resource:
    """Return a resource by the name it has in its template."""
    return next(one for one in resources(path) if one.symbol == symbol)


def at(found: Value, *names: str | int) -> Value:
    """Return what stands inside a value."""
    for name in names:
        assert isinstance(found, dict | list)
        found = dict(enumerate(found) if isinstance(found, list) else found.items())[name]
    return found


def names(text: Value) -> set[str]:
    """Return the texts of an array."""
    assert isinstance(text, list)
    return {str(one) for one in text}


def listening() -> dict[str, dict[str, object]]:
    """Return the bindings of every function of the app, by the function's name."""
    # An app can be asked only once, so this is one of the test's own.
    app = func.FunctionApp()
    for part in (alerts, event_grid, queues, timers, console):
        app.register_functions(part.blueprint)
    return {
        str(one.get_function_name()): json.loads(one.get_function_json())["bindings"][0]
        for one in app.get_functions()
    }


def test_tables_are_those_that_the_code_uses() -> None:
    """A table that is missing is an error with the first incident."""
    assert names(variables(STORAGE)["tables"]) == set(layout.TABLES)


def test_queues_are_those_that_the_code_uses_and_their_poison_queues() -> None:
    """The host makes a poison queue when it needs one; the sweep looks into it before."""
    wanted = {one + end for one in layout.QUEUES for end in ("", layout.POISON_SUFFIX)}
    assert names(variables(STORAGE)["queues"]) == wanted


def test_every_queue_trigger_has_its_queue_in_the_same_account() -> None:
    """The functions' own declarations, not the constants behind them."""
    triggers = [one for one in listening().values() if one["type"] == "queueTrigger"]
    assert {one["queueName"] for one in triggers} <= names(variables(STORAGE)["queues"])
    assert {one["connection"] for one in triggers} == {"AzureWebJobsStorage"}


def test_containers_are_those_that_the_code_uses() -> None:
    """Chain heads lie apart from the others, in the one that is written once."""
    made = names(variables(STORAGE)["containers"])
    anchors = at(the(STORAGE, "anchors").body, "name")
    assert made | {anchors} == set(layout.CONTAINERS)
    assert anchors == layout.ANCHORS
    assert at(the(STORAGE, "writeOnce").body, "properties", "allowProtectedAppendWrites") is False


def test_events_reach_the_queue_that_is_listened_to() -> None:
    """Queue, dead letters and the type of the event are the code's."""
    assert at(the(TOPIC, "events").body, "name") == layout.EVENTS_QUEUE
    assert at(the(TOPIC, "deadLetters").body, "name") == layout.DEAD_LETTERS
    wanted = at(the(TOPIC, "failures").body, "properties", "filter", "includedEventTypes")
    assert wanted == [EVENT_TYPE]


def test_people_are_sent_every_notice_that_there_is() -> None:
    """By the code's own types; one of a new kind is not forgotten. Failures are not for people."""
    people = at(the(TOPIC, "people").body, "properties")
    wanted = {*bundle.TYPES.values(), *storms.TYPES.values(), policy.TYPE}
    assert names(at(people, "filter", "includedEventTypes")) == wanted
    assert at(people, "eventDeliverySchema") == "CloudEventSchemaV1_0"
    lost = at(people, "deadLetterWithResourceIdentity", "deadLetterDestination", "properties")
    failures = at(the(TOPIC, "failures").body, "properties")
    assert lost == at(
        failures, "deadLetterWithResourceIdentity", "deadLetterDestination", "properties"
    )


def test_an_address_that_may_hold_a_secret_stands_in_no_log_of_deployments() -> None:
    """Azure keeps the parameters of a deployment, those apart that are marked."""
    for path in (MAIN, TOPIC):
        assert "secure" in parameters(path)["peopleWebhook"].rules
    assert parameters(MAIN)["peopleWebhook"].default == ""


def test_nothing_in_the_account_or_topic_opens_with_a_key() -> None:
    """Identities only."""
    account = at(the(STORAGE, "account").body, "properties")
    assert at(account, "allowSharedKeyAccess") is False
    assert at(account, "allowBlobPublicAccess") is False
    assert at(the(TOPIC, "topic").body, "properties", "disableLocalAuth") is True
    assert at(the(TOPIC, "topic").body, "properties", "inputSchema") == "CloudEventSchemaV1_0"


def test_an_event_waits_in_the_queue_for_ever() -> None:
    """A message that expires is a failure that is lost."""
    to = at(
        the(TOPIC, "failures").body, "properties", "deliveryWithResourceIdentity", "destination"
    )
    assert at(to, "properties", "queueMessageTimeToLiveInSeconds") == -1


def test_the_action_group_calls_the_alert_door_with_its_own_key() -> None:
    """Name and route are those of the function, which asks for a key."""
    door = str(variables(DOOR)["door"])
    binding = listening()[door]
    receiver = at(the(DOOR, "group").body, "properties", "azureFunctionReceivers", 0)
    url = getattr(at(receiver, "httpTriggerUrl"), "text", "")
    assert binding["authLevel"] == "FUNCTION"
    assert binding["methods"] == ["POST"]
    assert f"/{binding['route']}?code=" in url
    assert at(receiver, "useCommonAlertSchema") is True


def test_only_health_and_doors_with_keys_of_their_own_are_open_without_signing_in() -> None:
    """Whoever comes by a door shows a key, which the host asks for; health tells no secret."""
    open_ = at(the(SIGN_IN, "signIn").body, "properties", "globalValidation", "excludedPaths")
    keyed = {
        f"/{one['route']}" for one in listening().values() if one.get("authLevel") == "FUNCTION"
    }
    assert names(open_) == keyed | {"/runtime/webhooks/eventgrid", HEALTH}


def test_the_path_of_health_that_is_open_is_the_consoles() -> None:
    """A probe that is sent to sign in takes a working app for a broken one, or the reverse."""
    services = replace(Estate().services, anonymous_read=False, trust_principal=True)
    with serving(services) as address:
        answer = httpx.get(f"{address}{HEALTH}")
    assert answer.status_code == 200
    assert answer.json().keys() == {"status", "time", "checks"}
    assert set(answer.json()["checks"].values()) == {"ok"}


def test_the_alerts_count_what_the_app_writes() -> None:
    """Runs by the sweep's name, alarms by how a line begins; the same people hear of both."""
    silence, raised = (at(the(TELEMETRY, one).body, "properties") for one in ("silence", "raised"))
    condition = ("criteria", "allOf", 0)
    assert 'name == "sweep"' in str(at(silence, *condition, "query"))
    assert "sweep" in listening()
    wanted = f'severityLevel >= 3 and message startswith "{alarms.BEGINS}"'
    assert wanted in str(at(raised, *condition, "query"))
    assert (at(raised, *condition, "operator"), at(raised, *condition, "threshold")) == (
        "GreaterThan",
        0,
    )
    assert at(silence, "actions") == at(raised, "actions")


def settings() -> dict[str, Value]:
    """Return the app settings that the template writes, those of the identities apart."""
    found = variables(APP)["settings"]
    assert isinstance(found, dict)
    return found


# What stands in a setting once Azure has computed it.
COMPUTED = {
    "AzureWebJobsStorage__blobServiceUri": "https://st1.blob.core.windows.net/",
    "AzureWebJobsStorage__queueServiceUri": "https://st1.queue.core.windows.net/",
    "AzureWebJobsStorage__tableServiceUri": "https://st1.table.core.windows.net/",
    "AzureWebJobsStorage__clientId": "00000000-0000-4000-8000-000000000001",
    "AZURE_CLIENT_ID": "00000000-0000-4000-8000-000000000001",
    "REMEDIATOR_TOPIC_ENDPOINT": "https://evgt-1.westeurope-1.eventgrid.azure.net/api/events",
    "REMEDIATOR_LINK_BASE": "https://func-1.azurewebsites.net",
    "REMEDIATOR_SCOPES": "11111111-1111-4111-8111-111111111111",
    "REMEDIATOR_MODE": "observe",
    "REMEDIATOR_MAX_RISK": "low",
}


def test_every_app_setting_is_one_that_is_read() -> None:
    """A setting that nobody reads is a typing error."""
    assert settings().keys() <= configuration.known() | PLATFORMS


def test_the_app_starts_with_what_the_template_writes() -> None:
    """Read as it is at start: the storage by identity, and an identity for every role."""
    written = {
        name: one if isinstance(one, str) else COMPUTED[name]
        for name, one in settings().items()
        if name not in PLATFORMS
    }
    clients = {
        role: f"00000000-0000-4000-8000-0000000000{place:02}"
        for place, role in enumerate(ROLES, 10)
    }
    named = {f"REMEDIATOR_IDENTITY_{role.upper()}": one for role, one in clients.items()}
    found = configuration.read({"WEBSITE_SITE_NAME": "func-1", **written, **named}).deployment
    assert found.identities == clients
    assert found.storage_identity == COMPUTED["AzureWebJobsStorage__clientId"]
    assert not isinstance(found.storage, str)
    assert found.storage.table.startswith("https://st1.table.")


def test_one_setting_an_identity_named_by_its_role() -> None:
    """The code chooses an identity by the role that an action needs."""
    text = getattr(variables(APP)["identitySettings"], "text", "")
    assert "'REMEDIATOR_IDENTITY_${toUpper(power.role)}'" in text
    assert all(re.fullmatch(r"[a-z]+", key) for key in ROLES)


def test_modes_and_risks_are_those_of_the_policy() -> None:
    """The template refuses what the settings would refuse when the app starts."""
    known = parameters(MAIN)
    assert known["mode"].rules["allowed"] == [one.value for one in Mode]
    assert known["maxRisk"].rules["allowed"] == [one.word for one in Risk]
    assert known["mode"].default == "observe"
    assert known["maxRisk"].default == "low"
    assert {"mode", "max_risk", "scopes"} <= SETTINGS.keys()


def test_roles_that_belong_on_a_group_cannot_be_assigned_to_a_subscription() -> None:
    """`locks` and `destructive` are no value of the parameter, whatever anybody writes."""
    rule = parameters(MAIN)["assignedRoles"]
    whole = {key for key, one in ROLES.items() if one["scope"] == "subscription"}
    assert names(rule.rules["allowed"]) == whole
    assert {"locks", "destructive"} == ROLES.keys() - whole
    default = rule.default if isinstance(rule.default, list) else []
    assert names(default) == {key for key, one in ROLES.items() if one["assignedByDefault"]}
    assert "intersection(assignedRoles, assignable)" in MAIN.read_text("utf-8")


def test_role_files_hold_what_a_role_definition_takes() -> None:
    """A name is unique, an action is spelt out, and nothing is a wildcard."""
    assert len({one["name"] for one in ROLES.values()}) == len(ROLES)
    for one in ROLES.values():
        assert one["actions"], one
        assert not [action for action in one["actions"] if "*" in action]
        assert one["scope"] in {"subscription", "backupGroup"}


def test_the_sign_in_script_makes_the_roles_that_people_have() -> None:
    """Reader, Operator and Approver are the console's."""
    made = json.loads((INFRA / "app-roles.json").read_text("utf-8"))
    assert {one["value"] for one in made} == {one.value for one in Role}
    assert len({one["id"] for one in made}) == len(made)
    assert all(one["allowedMemberTypes"] == ["User"] for one in made)


def test_azd_deploys_the_service_that_the_template_tags() -> None:
    """The tag is how `azd deploy` finds the app."""
    described = yaml.safe_load((ROOT / "azure.yaml").read_text("utf-8"))
    tags = getattr(at(the(APP, "site").body, "tags"), "text", "")
    assert list(described["services"]) == ["remediator"]
    assert "'azd-service-name': 'remediator'" in tags
    assert described["infra"] == {"provider": "bicep", "path": "infra", "module": "main"}
    assert "'azd-env-name': environmentName" in MAIN.read_text("utf-8")


def test_azd_finds_one_resource_group_to_deploy_to() -> None:
    """Of two groups with its mark `azd deploy` takes neither; those of the alerts bear none."""
    assert getattr(at(the(MAIN, "group").body, "tags"), "text", "") == "marked"
    (apart,) = [one for one in modules(MAIN) if one.path == "modules/subscription.bicep"]
    assert getattr(at(apart.body, "params", "tags"), "text", "") == "tags"
    assert "AZURE_RESOURCE_GROUP" in outputs(MAIN)


@pytest.mark.parametrize("page", ["infra/README.md", "docs/deploying.md"])
def test_the_pages_name_every_parameter_that_they_speak_of(page: str) -> None:
    """A parameter in the text exists in the template."""
    told = set(re.findall(r"parameter `(\w+)`", (ROOT / page).read_text("utf-8")))
    assert told <= parameters(MAIN).keys()
