"""A folder of playbooks to break: the two that every library needs, and what a test adds."""

from pathlib import Path

_MINIMAL = """id: {id}
title: A playbook of a test
class: wait
status: active
ladder:
  - do: collect_evidence
remedy: Look at the machine and at the job.
examples:
  - name: nothing is done
    given: {{}}
    expect: escalate
"""


def minimal(name: str) -> str:
    """Return the text of the smallest playbook of that id."""
    return _MINIMAL.format(id=name)


def a_folder(root: Path, **texts: str) -> Path:
    """Write the required playbooks and the given ones (underscores become hyphens)."""
    for name in ("unknown", "objective-missed"):
        (root / f"{name}.yaml").write_text(minimal(name), encoding="utf-8")
    for name, text in texts.items():
        (root / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return root
