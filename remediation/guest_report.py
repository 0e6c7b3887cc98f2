"""Reads the one line of JSON that a guest script prints. Whatever a guest says is only data.

A script's output came from a machine that may be broken or hostile: names that are not in the
closed vocabulary are dropped, texts are bounded and redacted, and a line that cannot be read is
told as such.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from remediation.redact import bounded
from remediation.repertoire import INSPECTED

# Bytes of UTF-8. The script's whole line fits 4 KiB; a finding of a log is its longest part.
LONGEST_FINDING = 1000
LONGEST_UNDO = 1500
LONGEST_DETAIL = 500
MOST_FINDINGS = 60
# How a repair can end.
RESULTS = frozenset({"changed", "already_run", "unchanged", "refused", "failed"})


class UnreadableReportError(ValueError):
    """The output is not the line that our scripts print; the text says what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a guest said of itself.

    ``facts`` are names and values of the vocabulary, ``findings`` texts for people.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What a repair came to. ``changed``: one text a change; ``undo``: what takes them back."""

    result: str
    reason: str = ""
    changed: tuple[str, ...] = ()
    undo: str | None = None
    restarts_agent: bool = False

    @property
    def detail(self) -> str:
        """The repair in one line, for records and people."""
        said = "; ".join(self.changed) or self.reason
        return f"{self.result}: {said}" if said else self.result


def inspection(output: str) -> Inspection:
    """Read an inspection; raises UnreadableReportError."""
    line = _line(output)
    facts, findings = line.get("facts"), line.get("findings")
    if not isinstance(facts, dict) or not isinstance(findings, dict):
        raise UnreadableReportError("expected facts and findings, got something else")
    return Inspection(
        facts={
            name: value
            for name, value in facts.items()
            if isinstance(value, str) and value in INSPECTED.get(name, ())
        },
        findings={
            bounded(name, 60): bounded(text, LONGEST_FINDING)
            for name, text in list(findings.items())[:MOST_FINDINGS]
            # Evidence of this look is named as conditions are; a guest does not get to say it.
            if isinstance(text, str) and text and name not in INSPECTED
        },
    )


def repair(output: str) -> Repair:
    """Read a repair; raises UnreadableReportError."""
    line = _line(output)
    result = str(line.get("result"))
    if result not in RESULTS:
        raise UnreadableReportError(f"expected a result, got {result[:80]!r}")
    changed, undo = line.get("changed"), line.get("undo")
    texts = changed if isinstance(changed, list) else []
    return Repair(
        result=result,
        reason=bounded(str(line.get("reason") or ""), LONGEST_DETAIL),
        changed=tuple(bounded(str(one), LONGEST_DETAIL) for one in texts[:20]),
        undo=bounded(undo, LONGEST_UNDO) if isinstance(undo, str) and undo else None,
        restarts_agent=line.get("restarts_agent") is True,
    )


def _line(output: str) -> dict[str, object]:
    """Return the last line that is an object: a shell's own noise may stand before it."""
    for text in reversed(output.splitlines()):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    raise UnreadableReportError("expected one line of JSON, got none")
