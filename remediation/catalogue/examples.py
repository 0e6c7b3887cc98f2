"""Runs the examples of playbooks: classify what is given, climb to the first action, compare."""

from collections.abc import Iterator

from remediation.catalogue.classifier import classify
from remediation.catalogue.symptoms import Symptoms
from remediation.model import Playbook
from remediation.playbooks.ladder import first_action
from remediation.playbooks.library import Entry, Example, Library, Maturity


def failing_examples(library: Library) -> list[str]:
    """Return a sentence for every example that comes out otherwise; drafts are left out."""
    return [
        f"{entry.playbook.id}: {example.name}: {fault}"
        for entry in library.entries.values()
        if entry.maturity is not Maturity.DRAFT
        for example in entry.examples
        for fault in faults_of(library, entry, example)
    ]


def faults_of(library: Library, entry: Entry, example: Example) -> Iterator[str]:
    """Yield in what an example comes out otherwise."""
    playbook = _concluded(library, entry, example)
    if playbook.id != example.cause:
        yield f"expected the cause {example.cause}, got {playbook.id}"
        return
    action = first_action(playbook, example.facts)
    if action != example.expect:
        yield f"expected {example.expect}, got {action}"


def _concluded(library: Library, entry: Entry, example: Example) -> Playbook:
    """Classify the example; one without symptoms is about its own ladder."""
    symptoms = Symptoms(
        code=example.code,
        number=example.number,
        message=example.message,
        dynamic_message=example.dynamic_message,
        os=example.facts.get("os"),
    )
    if symptoms == Symptoms(os=symptoms.os):
        return entry.playbook
    return classify(library, symptoms).playbook
