"""Symptoms to cause."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.catalogue.classifier import classify, diagnose, with_state
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.library import Wording
from remediation.playbooks.loader import load
from tests.remediation.catalogue.building import a_recorded_job

LIBRARY = load()


def _found(
    code: str | None = None,
    number: int | None = None,
    message: str | None = None,
    dynamic_message: str | None = None,
) -> tuple[str, str]:
    symptoms = Symptoms(code=code, number=number, message=message, dynamic_message=dynamic_message)
    diagnosis = classify(LIBRARY, symptoms)
    return diagnosis.cause, diagnosis.matched_by


def test_the_string_code_comes_first() -> None:
    """Before a number that says otherwise."""
    found = _found(code="UserErrorRpCollectionLimitReached", number=400196)
    assert found == ("restore-point-limit", "code")


@pytest.mark.parametrize(
    "code",
    [
        "usererrorguestagentstatusunavailable",
        "USERERRORGUESTAGENTSTATUSUNAVAILABLE",
        " UserErrorGuestAgentStatusUnavailable. ",
    ],
)
def test_the_casing_of_a_code_does_not_count(code: str) -> None:
    """Alerts write it in lower case."""
    assert _found(code=code) == ("guest-agent-unavailable", "code")


def test_a_code_that_nobody_knows_leaves_it_to_the_number() -> None:
    """A renamed code keeps its number."""
    assert _found(code="UserErrorRenamed", number=400039) == ("agent-snapshot-status", "number")


def test_neither_code_nor_number_leaves_it_to_the_message() -> None:
    """In the language of whoever looks at the portal."""
    found = _found(code="X", number=1, message="VM 代理无法与 Azure 备份通信。")
    assert found == ("guest-agent-unavailable", "message")


def test_the_message_that_is_not_localised_comes_first() -> None:
    """It is the job's own, the other one may be a general sentence."""
    found = _found(
        dynamic_message="VMSnapshot extension operation failed",
        message="VM Agent unable to communicate with Azure Backup",
    )
    assert found == ("snapshot-extension-failed", "dynamic_message")


def test_a_message_inside_a_longer_text_is_found() -> None:
    """Compute wraps it into an error of its own."""
    text = (
        '{"error": {"code": "OperationNotAllowed", "message": "The number of restore points across '
        "restore point collections and resource groups for a VM cannot exceed 18. Delete some of "
        'vm-01 and try again."}}'
    )
    assert _found(code="OperationNotAllowed", dynamic_message=text)[0] == "restore-point-limit"


def test_a_message_that_was_worded_a_little_otherwise_is_found() -> None:
    """Translated twice, with advice behind it."""
    found = _found(
        message=(
            "The VM agents are unable to communicate with Azure Backup service. - Ensure the VM "
            "has network connectivity and the VM agent is latest and running."
        )
    )
    assert found == ("guest-agent-unavailable", "message")


@pytest.mark.parametrize(
    "message",
    [
        "The VM is in failed provisioning state, and the VMSnapshot extension operation failed",
        "Snapshot operation failed due to something",
        "Command execution failed.",
        "VM",
        "backup failed",
        "\u0000\u0001\u0002",
        "'vm01'",
        "",
    ],
)
def test_a_text_that_fits_no_cause_or_two_is_unknown(message: str) -> None:
    """Rather a person than the wrong ladder."""
    assert _found(message=message) == ("unknown", "none")


@pytest.mark.parametrize(
    "code", ["UserErrorCrpReportedUserError", "InternalError", "OperationNotAllowed"]
)
def test_a_generic_code_without_a_known_message_is_unknown(code: str) -> None:
    """The code alone decides nothing."""
    assert _found(code=code, dynamic_message="Something else") == ("unknown", "none")


def test_a_generic_code_beside_a_number_that_names_a_cause_leaves_it_to_the_number() -> None:
    """The particular wins."""
    assert _found(code="InternalError", number=400196) == ("guest-agent-unavailable", "number")


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        ("OperationNotAllowed (CRP)", "restore points for a VM cannot exceed 18", "unknown"),
        (
            "OperationNotAllowed (CRP)",
            "The current number of restore points across collections exceeds the limit of 18",
            "restore-point-limit",
        ),
        (
            "OperationNotAllowed (CRP)",
            "Changes were made to the Virtual Machine while the operation 'Create Restore Point'",
            "vm-changed-during-snapshot",
        ),
        ("OperationNotAllowed", "VM Agent unable to communicate with Azure Backup", "unknown"),
        (
            "UserErrorCrpReportedUserError",
            "VMSnapshot extension operation failed",
            "snapshot-extension-failed",
        ),
        ("VMRestorePointClientError", "Backup failed with an internal error", "unknown"),
        (
            "InternalError (CRP)",
            "An internal execution error occurred. Please retry later.",
            "internal-error",
        ),
    ],
)
def test_a_generic_code_is_decided_among_its_rows(code: str, message: str, cause: str) -> None:
    """What stands in brackets is no part of the code; a message of another row is not believed."""
    assert _found(code=code, dynamic_message=message)[0] == cause


def test_a_number_in_place_of_the_code_is_read_as_one() -> None:
    """Some exports have one column for both."""
    assert _found(code="320001") == ("vm-not-found", "number")


def test_a_code_inside_the_text_is_as_good_as_its_message() -> None:
    """Wrappers write "Error code: ..." before a message of their own."""
    text = "Error code: ExtensionSnapshotFailedCOM, see the portal"
    assert _found(message=text) == ("com-services-failed", "message")


def test_two_codes_inside_one_text_decide_nothing() -> None:
    """It is a list, or two errors at once."""
    text = "UserErrorVmProvisioningStateFailed or UserErrorRpCollectionLimitReached"
    assert _found(message=text) == ("unknown", "none")


@pytest.mark.parametrize(
    ("gone", "provisioning", "expected"),
    [
        (True, None, ("vm-not-found", "state")),
        (False, "failed", ("vm-provisioning-failed", "state")),
        (False, "updating", ("unknown", "none")),
        (False, "succeeded", ("unknown", "none")),
        (False, None, ("unknown", "none")),
    ],
)
def test_a_state_that_is_unequivocal_decides_where_nothing_else_does(
    *, gone: bool, provisioning: str | None, expected: tuple[str, str]
) -> None:
    """The machine is gone, or its provisioning failed."""
    unknown = classify(LIBRARY, Symptoms(code="NobodyKnowsThis"))
    found = with_state(LIBRARY, unknown, gone=gone, provisioning=provisioning)
    assert (found.cause, found.matched_by) == expected


@pytest.mark.parametrize("code", ["UserErrorRpCollectionLimitReached", "InternalError"])
def test_the_state_does_not_overrule_what_azure_named(code: str) -> None:
    """Neither a cause, nor a generic code whose reason nobody knows."""
    named = classify(LIBRARY, Symptoms(code=code))
    assert with_state(LIBRARY, named, gone=True, provisioning="failed") == named


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("320001", "vm-not-found"),
        ("400136", "vm-not-found"),
        ("400158", "cancelled-by-person"),
        ("400309", "vm-not-found"),
        ("400446", "unknown"),
    ],
)
def test_a_recorded_job_is_diagnosed(name: str, cause: str) -> None:
    """A crash-consistent success is no failure, so no playbook claims it."""
    assert diagnose(LIBRARY, a_recorded_job(name)).cause == cause


def test_the_diagnosis_keeps_what_it_was_concluded_from() -> None:
    """People look the code and the message up."""
    found = classify(LIBRARY, Symptoms(code="X", number=7, message="local", dynamic_message="own"))
    assert (found.code, found.number, found.message) == ("X", 7, "own")
    assert found.confidence == 0.0


@given(
    st.builds(
        Symptoms,
        code=st.none() | st.text(),
        number=st.none() | st.integers(),
        message=st.none() | st.text(),
        dynamic_message=st.none() | st.text(),
    )
)
def test_any_symptoms_get_a_diagnosis(symptoms: Symptoms) -> None:
    """Total: a playbook that exists, and a confidence between 0 and 1."""
    found = classify(LIBRARY, symptoms)
    assert found.cause in LIBRARY.by_id
    assert 0.0 <= found.confidence <= 1.0


@given(st.sampled_from(LIBRARY.wordings), st.sampled_from(LIBRARY.wordings))
def test_two_messages_in_one_text_are_one_of_them_or_unknown(one: Wording, other: Wording) -> None:
    """Never a third cause."""
    found = classify(LIBRARY, Symptoms(message=f"{one.text} {other.text}"))
    assert found.cause in {one.cause, other.cause, "unknown"}


def test_a_message_of_megabytes_is_answered() -> None:
    """Four thousand characters of it are looked at, and kept."""
    text = "VM Agent unable to communicate with Azure Backup " + "and more " * 500_000
    found = classify(LIBRARY, Symptoms(message=text))
    assert found.cause == "guest-agent-unavailable"
    assert found.message is not None
    assert len(found.message) <= 4_000


@pytest.mark.parametrize(
    "sign",
    ["\u0000", "\u202e", "\u05d0", "\u0627", "\ud800", "(", "\\", "'", "<", "{", "-", "\u3042"],
)
def test_a_hundred_kilobytes_of_one_sign_are_answered_at_once(sign: str) -> None:
    """No pattern runs away on what is not a message."""
    begun = time.perf_counter()
    assert _found(message=sign * 100_000) == ("unknown", "none")
    assert time.perf_counter() - begun < 20
