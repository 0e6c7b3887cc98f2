"""The shipped playbooks: every documented condition has one, and each keeps its own promises."""

import itertools
import json
import subprocess
import sys

import pytest

from remediation.catalogue.examples import failing_examples
from remediation.model import CauseClass, Need, Playbook
from remediation.playbooks.ladder import ESCALATE, first_action, holds, is_evidence
from remediation.playbooks.library import Entry, Library, Maturity
from remediation.playbooks.loader import SHIPPED, load
from remediation.playbooks.schema import published
from remediation.policy import Policy
from remediation.repertoire import ACTIONS, CONDITIONS

LIBRARY = load()
ENTRIES = list(LIBRARY.entries.values())

_CODES = {
    "UserErrorGuestAgentStatusUnavailable": "guest-agent-unavailable",
    "GuestAgentSnapshotTaskStatusError": "agent-snapshot-status",
    "UserErrorVmProvisioningStateFailed": "vm-provisioning-failed",
    "UserErrorRpCollectionLimitReached": "restore-point-limit",
    "UserErrorKeyvaultPermissionsNotConfigured": "key-vault-permissions",
    "ExtensionOperationFailedForManagedDisks": "snapshot-extension-failed",
    "BackUpOperationFailed": "internal-error",
    "BackUpOperationFailedV2": "internal-error",
    "UserErrorUnsupportedDiskSize": "disk-size-unsupported",
    "UserErrorBackupOperationInProgress": "backup-in-progress",
    "UserErrorCrpReportedUserError": "crp-reported-error",
    "UserErrorBcmDatasourceNotPresent": "protection-inactive",
    "UserErrorFsFreezeFailed": "file-system-freeze-failed",
    "UserErrorFsFreezeTimeout": "file-system-freeze-failed",
    "ResourceNotFound": "vm-not-found",
    "UserErrorJobSuccessfullyCancelled": "cancelled-by-person",
}


def _names(entries: list[Entry]) -> list[str]:
    return [entry.playbook.id for entry in entries]


def _actions(name: str) -> list[str]:
    return [rung.do for rung in LIBRARY.playbook(name).ladder if not is_evidence(rung)]


@pytest.mark.parametrize(("code", "cause"), _CODES.items(), ids=list(_CODES))
def test_a_documented_code_has_its_playbook(code: str, cause: str) -> None:
    """The rows C1 to C13 of the documented conditions, the freezes and the deleted machine."""
    entry = LIBRARY.by_code(code)
    assert entry is not None
    assert entry.playbook.id == cause


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (400196, "guest-agent-unavailable"),
        (400039, "agent-snapshot-status"),
        (400198, "key-vault-permissions"),
        (400349, "crp-reported-error"),
        (320001, "vm-not-found"),
        (400136, "vm-not-found"),
        (400094, "vm-not-found"),
        (400309, "vm-not-found"),
        (400158, "cancelled-by-person"),
    ],
)
def test_a_recorded_number_has_its_playbook(number: int, cause: str) -> None:
    """Numbers that were seen beside their codes in recorded jobs."""
    entry = LIBRARY.by_number(number)
    assert entry is not None
    assert entry.playbook.id == cause


def test_every_example_comes_out_as_it_says() -> None:
    """Examples are tests: classified, climbed to the first action, compared."""
    assert failing_examples(LIBRARY) == []


@pytest.mark.parametrize("entry", ENTRIES, ids=_names(ENTRIES))
def test_examples_show_where_it_acts_and_where_it_does_not(entry: Entry) -> None:
    """A playbook whose first rung may act has an example of each."""
    own = [one for one in entry.examples if one.cause == entry.playbook.id]
    acted = [_acts(one.expect) for one in own]
    if any(_acts(action) for action in _first_actions(entry.playbook)):
        assert any(acted)
        assert len(own) < len(entry.examples) or not all(acted)
    else:
        assert not any(acted)


def _acts(action: str) -> bool:
    return action != ESCALATE and ACTIONS[action].acts


def _first_actions(playbook: Playbook) -> set[str]:
    """Return the first actions under all combinations of the facts that the ladder asks for."""
    facts = sorted({fact for rung in playbook.ladder for fact in rung.when})
    combinations = itertools.product(*(sorted(CONDITIONS[fact]) for fact in facts))
    return {first_action(playbook, dict(zip(facts, one, strict=True))) for one in combinations}


@pytest.mark.parametrize("entry", ENTRIES, ids=_names(ENTRIES))
def test_every_rung_gets_its_turn_within_the_attempts_of_an_incident(entry: Entry) -> None:
    """Under any facts, what may run unasked fits the default budget of attempts.

    Who opts into more raises the attempts with it.
    """
    facts = ["power", "agent", "provisioning", "backup_extension", "other_extension", "lock"]
    for values in itertools.product(*(sorted(CONDITIONS[fact]) for fact in facts)):
        given = dict(zip(facts, values, strict=True))
        acting = [
            rung.do
            for rung in entry.playbook.ladder
            if ACTIONS[rung.do].acts
            and not ACTIONS[rung.do].opt_in
            and Need.APPROVAL not in rung.needs
            and holds(rung, given)
        ]
        assert len(acting) <= Policy().attempts, (given, acting)


def test_the_standard_ladder_has_the_four_rungs_in_their_order() -> None:
    """Retry, reinstall, clear the lock and the collection, restart the agent."""
    assert _actions("standard") == [
        "retry_backup",
        "reinstall_extension",
        "clear_lock",
        "delete_restore_point_collection",
        "restart_agent",
    ]


def test_an_internal_error_is_waited_out_before_the_standard_ladder() -> None:
    """Two hours first: most such errors are the service's own."""
    assert _actions("internal-error") == ["wait", *_actions("standard")]
    assert LIBRARY.playbook("internal-error").ladder[1].wait.total_seconds() == 7200


@pytest.mark.parametrize("agent", ["not_ready", "absent"])
def test_nothing_that_needs_the_agent_stands_open_to_a_dead_agent(agent: str) -> None:
    """A run-command or a deleted extension would wait for an agent that never comes."""
    for playbook in LIBRARY.by_id.values():
        for rung in playbook.ladder:
            if ACTIONS[rung.do].needs_agent:
                assert not holds(rung, {"agent": agent}), playbook.id


def test_an_inherited_lock_opens_no_rung_on_restore_points() -> None:
    """What a lock of somebody else protects is for people."""
    facts = {"lock": "inherited", "restore_points": "at_limit"}
    for name in ("restore-point-limit", "restore-points-locked"):
        assert first_action(LIBRARY.playbook(name), facts) == ESCALATE


def test_what_destroys_or_interrupts_needs_a_person() -> None:
    """No shipped rung restarts a machine or deletes a collection without approval."""
    for playbook in LIBRARY.by_id.values():
        for rung in playbook.ladder:
            if ACTIONS[rung.do].approval:
                assert Need.APPROVAL in rung.needs, playbook.id


@pytest.mark.parametrize(
    "entry", [one for one in ENTRIES if one.playbook.cause_class is CauseClass.PEOPLE]
)
def test_a_cause_for_people_says_what_to_do_and_does_nothing(entry: Entry) -> None:
    """It has a remedy, a reference, and no acting rung."""
    assert entry.playbook.remedy
    assert entry.playbook.references
    assert not any(ACTIONS[rung.do].acts for rung in entry.playbook.ladder)


def test_the_published_vocabulary_is_the_repertoire() -> None:
    """Schema and code name the same actions, facts, values, classes, needs and statuses."""
    schema = published()
    parts = schema["$defs"]
    assert set(parts["action"]["enum"]) == set(ACTIONS)
    assert set(parts["conditions"]["properties"]) == set(CONDITIONS)
    for fact, values in CONDITIONS.items():
        assert set(parts[fact]["enum"]) == values
        assert fact in parts["example"]["properties"]["given"]["properties"]
    assert set(schema["properties"]["class"]["enum"]) == {one.value for one in CauseClass}
    assert set(schema["properties"]["status"]["enum"]) == {one.value for one in Maturity}
    needs = parts["rung"]["properties"]["needs"]["items"]["enum"]
    assert set(needs) == {one.value for one in Need}


def test_the_documentation_names_every_action_and_condition() -> None:
    """What an author may write stands in docs/playbooks.md."""
    text = (SHIPPED.parents[1] / "docs" / "playbooks.md").read_text(encoding="utf-8")
    words = {*ACTIONS, *CONDITIONS, *itertools.chain(*CONDITIONS.values())}
    assert [word for word in sorted(words) if f"`{word}`" not in text] == []


def test_loading_pulls_in_no_schema_library() -> None:
    """A cold start pays for YAML and nothing more."""
    script = (
        "import sys; from remediation.playbooks.loader import load; load();"
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=SHIPPED.parents[1],
    )
    loaded = set(json.loads(done.stdout))
    assert loaded.isdisjoint({"jsonschema", "rapidfuzz", "azure.core"})


def test_the_library_finds_texts_by_their_digest() -> None:
    """A digest in an old record leads back to the words that were in force."""
    for entry in ENTRIES:
        assert LIBRARY.text(entry.playbook.digest) == entry.text


def test_the_two_playbooks_that_the_engine_asks_for_are_there() -> None:
    """The unknown failure and the missed objective."""
    library: Library = LIBRARY
    assert library.unknown.id == "unknown"
    assert library.objective_missed.id == "objective-missed"
