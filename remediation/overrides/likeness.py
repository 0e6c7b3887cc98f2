"""Whether a file takes messages from a playbook of ours: words, not only letters, are compared."""

from collections.abc import Iterator, Mapping
from typing import Any

from remediation.catalogue.classifier import classify
from remediation.catalogue.symptoms import Symptoms
from remediation.playbooks.library import Library, Maturity
from remediation.playbooks.located import Fault
from remediation.playbooks.wording import comparable


def taken(values: Mapping[str, Any], shipped: Library) -> Iterator[Fault]:
    """Yield every message that ours takes for another cause, or that is a piece of one of ours."""
    own = values["id"]
    if values["status"] == Maturity.DRAFT.value:
        return
    ours = [(one.text, one.cause) for one in shipped.wordings if one.cause != own]
    for language, texts in values.get("messages", {}).items():
        for at, text in enumerate(texts):
            cause = _owner(text, own, shipped, ours)
            if cause is not None:
                said = f"{text[:80]!r} speaks of {cause!r} already: one failure, one cause"
                yield Fault(path=("messages", language, at), text=said)


def _owner(text: str, own: str, shipped: Library, ours: list[tuple[str, str]]) -> str | None:
    diagnosis = classify(shipped, Symptoms(message=text))
    if diagnosis.matched_by != "none" and diagnosis.cause != own:
        return diagnosis.cause
    words = comparable(text)
    return next((cause for other, cause in ours if words and words in other), None)
