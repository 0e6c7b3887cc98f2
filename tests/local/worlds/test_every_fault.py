"""The world with every fault: nothing that is documented is missing, and every cause is right."""

from collections import defaultdict
from functools import cache

import pytest

from local import worlds
from local.azure.model import errors
from local.checker.expected import Expectation, expect
from local.checker.playbooks import Shelf, shelf
from local.worlds import Vm, World, guests
from remediation.catalogue.classifier import classify
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.library import Library
from remediation.playbooks.loader import load
from remediation.repertoire import ACTIONS

# Causes that no failed job of a machine reports: they are asked for, found otherwise, or a person's
# own doing; and those that only stand for others.
NO_FAULT = {
    "cancel-refused",
    "cancelled-by-person",
    "crash-consistent-only",
    "crp-client-error",
    "crp-internal-error",
    "crp-operation-not-allowed",
    "crp-reported-error",
    "not-ours",
    "objective-missed",
    "standard",
    "unknown",
}
# What the article knows on one system alone.
WINDOWS_ONLY = {
    "agent-certificate-missing",
    "bitlocker-locked",
    "com-memory-quota",
    "com-services-failed",
    "extension-command-failed",
    "extension-config-unreadable",
    "proxy-delay",
    "secure-channel-failed",
    "vc-runtime-missing",
    "vss-service-bad",
    "vss-writers-bad",
}
LINUX_ONLY = {
    "agent-version-unsupported",
    "distribution-unsupported",
    "file-system-freeze-failed",
    "freeze-config-encoding",
    "linux-extension-stuck",
    "mount-unreachable",
    "pre-script-timeout",
}


@cache
def world() -> World:
    """Return the world."""
    return worlds.load("every-fault")


@cache
def books() -> Shelf:
    """Return the shipped playbooks, as the checker reads them."""
    return shelf()


@cache
def library() -> Library:
    """Return the shipped playbooks, as the product reads them."""
    return load()


@cache
def expectations() -> dict[str, Expectation]:
    """Return what should become of each machine, by its name."""
    return {one.vm.name: one for one in expect(world())}


def cause(vm: Vm) -> str:
    """Return the cause that the world names."""
    assert vm.expect is not None, vm.name
    return vm.expect.cause


def test_every_machine_fails_and_says_of_what() -> None:
    """There is nobody healthy in it."""
    assert all(one.failing for one in expectations().values())
    assert {cause(vm) for vm in world().vms} <= set(books().playbooks)


def test_every_cause_stands_in_it_on_each_of_its_systems() -> None:
    """A playbook without a machine here is a red test."""
    found: dict[str, set[str]] = defaultdict(set)
    for vm in world().vms:
        found[cause(vm)].add(vm.os)
    for name in set(books().playbooks) - NO_FAULT:
        systems = {"windows", "linux"}
        systems -= {"linux"} if name in WINDOWS_ONLY else set()
        systems -= {"windows"} if name in LINUX_ONLY else set()
        assert found[name] == systems, name


def test_both_readers_of_the_playbooks_conclude_the_cause_that_is_named() -> None:
    """The product's classifier and the checker's, from what the job reports."""
    for vm in world().vms:
        assert vm.fault is not None
        error = errors.of(vm.fault)
        told = Symptoms(
            code=error.code,
            number=error.number,
            message=error.text,
            dynamic_message=error.dynamic,
            os=vm.os,
        )
        read = books().cause_of(error.code, error.number, error.dynamic, error.text)
        assert (classify(library(), told).cause, read) == (cause(vm), cause(vm)), vm.name


@pytest.mark.parametrize(
    "action",
    sorted(
        name
        for name, one in ACTIONS.items()
        # Verbose logging only tells more.
        if one.acts and not one.approval and name != "set_verbose_logging"
    ),
)
def test_every_action_that_needs_no_approval_cures_somewhere(action: str) -> None:
    """On each system for which it is."""
    cured = {one.vm.os for one in expectations().values() if one.action == action}
    system = ACTIONS[action].os
    assert cured >= ({system} if system else {"windows", "linux"})


def test_what_an_approval_needs_is_for_people() -> None:
    """Restarting a machine, deleting a collection: nobody is there to say yes."""
    asked = [
        one
        for one in expectations().values()
        if one.vm.fault
        and one.vm.fault.cured_by & {"restart_vm", "delete_restore_point_collection"}
    ]
    assert len(asked) >= 5
    assert not any(one.recoverable for one in asked)


def test_every_repair_inside_a_guest_is_opted_in() -> None:
    """So that each of them is really run."""
    assert set(guests.REPAIRS) <= world().policy.opt_in


def test_what_cannot_recover_is_expected_to_reach_people_with_a_remedy() -> None:
    """A cause for people has a text for them."""
    for one in expectations().values():
        if not one.recoverable:
            assert books().playbooks[cause(one.vm)].remedy, one.vm.name
