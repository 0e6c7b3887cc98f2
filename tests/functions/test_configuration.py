"""All settings at once: every fault by name and with its place; and storage by identity."""

import ast
import logging
from pathlib import Path
from typing import Any, override

import pytest
from azure.core.pipeline.transport import HttpTransport

from functions import deployment
from functions.configuration import known, read
from functions.deployment import DEPLOYMENT, read_deployment
from remediation.roles import Role
from remediation.settings import SettingsError
from state.account import ServiceUrls, StorageAccount
from tests.remediation.arm.arm_server import Token

FUNCTIONS = Path(deployment.__file__).parent
STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
CLIENT = "11111111-2222-3333-4444-555555555555"
SECRET = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)"


def faults(**settings: str) -> tuple[str, ...]:
    """Return what is wrong with settings; storage is right unless they say otherwise."""
    with pytest.raises(SettingsError) as caught:
        read({**STORAGE, **settings})
    return caught.value.faults


def test_nothing_but_storage_need_be_set() -> None:
    """And without it nothing could be kept."""
    found = read(STORAGE).deployment
    assert (found.local, found.anonymous_read, found.auth_enabled) == (False, False, False)
    assert found.arm_endpoint == "https://management.azure.com"
    (fault, _) = faults(AzureWebJobsStorage="")
    assert fault.startswith("AzureWebJobsStorage__accountName: expected the storage account")


def test_the_faults_of_every_part_are_told_at_once() -> None:
    """The policy, its document, the overrides, the deployment, and names that nobody knows."""
    found = faults(
        REMEDIATOR_MODE="bold",
        REMEDIATOR_POLICY_BLOB="X",
        REMEDIATOR_OVERRIDES_CONTAINER="?",
        REMEDIATOR_STUCK_AFTER="soon",
        REMEDIATOR_LINK_BASE="here",
        REMEDIATOR_IDENTITY_GUEST="me",
        REMEDIATOR_ANONYMOUS_READ="perhaps",
        REMEDIATOR_MAX_RISKS="low",
    )
    named = [fault.partition(":")[0] for fault in found[:-1]]
    assert sorted(named) == [
        "REMEDIATOR_ANONYMOUS_READ",
        "REMEDIATOR_IDENTITY_GUEST",
        "REMEDIATOR_LINK_BASE",
        "REMEDIATOR_MAX_RISKS",
        "REMEDIATOR_MODE",
        "REMEDIATOR_OVERRIDES_CONTAINER",
        "REMEDIATOR_POLICY_BLOB",
        "REMEDIATOR_STUCK_AFTER",
    ]


def test_a_fault_names_the_place_where_it_is_changed() -> None:
    """In Azure the function app, and the template that would bring it back."""
    place = faults(REMEDIATOR_MODE="bold", WEBSITE_SITE_NAME="func-abr")[-1]
    assert "az functionapp config appsettings set --name func-abr" in place
    assert "template" in place
    assert "where this process is started from" in faults(REMEDIATOR_MODE="bold")[-1]


def test_a_mistyped_name_is_a_fault_that_says_what_may_be_meant() -> None:
    """Or the exclusion that somebody relies on would not be there."""
    (fault, _) = faults(REMEDIATOR_EXCLUSION_TAGG="keep-off")
    assert fault == (
        "REMEDIATOR_EXCLUSION_TAGG: no such setting; is REMEDIATOR_EXCLUSION_TAG meant?"
    )


def test_what_a_persons_shell_holds_for_the_command_line_is_no_fault() -> None:
    """The local stack is started from such a shell."""
    read({**STORAGE, "REMEDIATOR_API": "https://x", "REMEDIATOR_API_HEADERS": "a: b"})


@pytest.mark.parametrize(
    ("name", "value"), [("REMEDIATOR_LOCAL", "true"), ("REMEDIATOR_CLOCK", "0;2026-01-01;60")]
)
def test_what_is_for_one_machine_is_refused_in_azure(name: str, value: str) -> None:
    """A fixed credential opens nothing there, and a fast clock makes every deadline wrong."""
    assert any(
        fault.startswith(name) for fault in faults(**{name: value, "WEBSITE_SITE_NAME": "a"})
    )


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("REMEDIATOR_TOPIC_ENDPOINT", "http://topic.example", "expected https"),
        ("REMEDIATOR_TOPIC_ENDPOINT", "topic", "expected an address"),
        ("REMEDIATOR_ARM_ENDPOINT", "https://arm.example/path", "endpoint"),
        ("REMEDIATOR_CLOCK", "fast", "clock"),
        ("AzureWebJobsStorage", "mystore", "expected a connection string"),
        ("AzureWebJobsStorage__accountName", "My Store", "the name of a storage account"),
        ("AZURE_CLIENT_ID", "x", "GUID"),
        ("REMEDIATOR_TOPIC_KEY", SECRET, "was not resolved"),
        ("AzureWebJobsStorage", SECRET, "was not resolved"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(name: str, value: str, wanted: str) -> None:
    """Also a Key Vault reference that the platform could not follow: its text is no key."""
    found = [fault for fault in faults(**{name: value}) if fault.startswith(f"{name}: ")]
    assert len(found) == 1
    assert wanted in found[0]


@pytest.mark.parametrize("name", [name for name, one in DEPLOYMENT.items() if one.secret])
def test_no_fault_tells_a_secret(name: str) -> None:
    """Faults go to logs."""
    assert "sesame" not in str(faults(**{name: "sesame", "REMEDIATOR_MODE": "bold"}))


def test_a_secret_that_is_not_needed_is_warned_about_in_azure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An identity does without; nothing of the value is told."""
    key = {"REMEDIATOR_TOPIC_KEY": "sesame", "REMEDIATOR_TOPIC_ENDPOINT": "https://t.example"}
    with caplog.at_level(logging.WARNING, "remediator.settings"):
        read({**STORAGE, **key})
        assert caplog.messages == []
        read({"AzureWebJobsStorage__accountName": "abr", "WEBSITE_SITE_NAME": "a", **key})
    (text,) = caplog.messages
    assert text.startswith("REMEDIATOR_TOPIC_KEY holds a secret")
    assert "sesame" not in text


def test_every_role_may_have_an_identity_of_its_own() -> None:
    """Those without one are the app's own."""
    assert read(STORAGE).deployment.identities == {}
    named = {f"REMEDIATOR_IDENTITY_{role.name}": CLIENT for role in Role}
    assert read({**STORAGE, **named}).deployment.identities == dict.fromkeys(Role, CLIENT)


def test_only_the_composition_root_and_the_tables_read_settings_by_name() -> None:
    """So that the page of settings, which is written from the tables, leaves none out."""
    readers = {
        path.stem
        for path in FUNCTIONS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "environ")
        or (isinstance(node, ast.Name) and node.id == "settings")
        or (isinstance(node, ast.Constant) and str(node.value).startswith("REMEDIATOR_"))
    }
    assert readers == {"configuration", "deployment", "wiring"}
    assert set(DEPLOYMENT) <= known()


# ------------------------------------------------------------------------------ storage by identity


class Seen(HttpTransport[Any, Any]):
    """Takes requests, and gives none of them an answer."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    @override
    def send(self, request: Any, **kwargs: Any) -> Any:
        self.requests.append(request)
        raise ConnectionError

    @override
    def open(self) -> None: ...

    @override
    def close(self) -> None: ...

    @override
    def __exit__(self, *args: object) -> None: ...


def test_storage_is_opened_by_identity_where_no_connection_string_is_set() -> None:
    """The account is named, and needs no keys."""
    found = read_deployment({"AzureWebJobsStorage__accountName": "abrstore"})
    assert found.storage == ServiceUrls(
        blob="https://abrstore.blob.core.windows.net",
        queue="https://abrstore.queue.core.windows.net",
        table="https://abrstore.table.core.windows.net",
    )


def test_a_cloud_with_addresses_of_its_own_names_them() -> None:
    """All three, or one beside the account's name."""
    uris = {
        f"AzureWebJobsStorage__{one}ServiceUri": f"https://x.{one}.core.usgovcloudapi.net"
        for one in ("blob", "queue", "table")
    }
    found = read_deployment(uris).storage
    assert isinstance(found, ServiceUrls)
    assert found.queue == "https://x.queue.core.usgovcloudapi.net"
    with pytest.raises(SettingsError):
        read_deployment(dict(list(uris.items())[:2]))


def test_tables_queues_and_blobs_are_asked_with_the_identitys_token() -> None:
    """By the real SDKs; the key of an account is never wanted."""
    seen = Seen()
    urls = read_deployment({"AzureWebJobsStorage__accountName": "abrstore"}).storage
    account = StorageAccount(urls, credential=Token("by-identity"), transport=seen, retries=0)
    calls = (
        account.tables().get_service_properties,
        account.queue("wakeups").get_queue_properties,
        account.raw_queue("wakeups").get_queue_properties,
        account.container("evidence").get_container_properties,
    )
    for call in calls:
        with pytest.raises(ConnectionError):
            call()
    hosts = [request.url.split("/")[2].split(".")[1] for request in seen.requests]
    assert hosts == ["table", "queue", "queue", "blob"]
    assert {request.headers["Authorization"] for request in seen.requests} == {"Bearer by-identity"}
