"""A small library that ships, and files of an operator beside it."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from remediation.overrides.checking import Checked, check
from remediation.overrides.file import File
from remediation.playbooks.library import Library
from remediation.playbooks.loader import load
from tests.remediation.playbooks.folder import a_folder

OURS = """\
id: sick-agent
title: The agent of a machine is sick
class: auto
status: active
codes: [SickAgent, SickAgentV2]
numbers: [400900]
messages:
  en: ["The agent of this machine has been sick for quite some time"]
ladder:
  - do: collect_evidence
  - do: wait
    when: {power: [transition, running]}
    wait: PT15M
  - do: retry_backup
    when: {agent: ready, power: running}
  - do: reapply_vm
    when: {power: running}
    wait: PT15M
    tries: 2
  - do: restart_vm
    when: {power: running}
    needs: [approval, window]
never: [clear_lock]
remedy: Sign in to the machine and look after its agent.
examples:
  - name: the backup is tried again
    given: {code: SickAgent, agent: ready}
    expect: wait
"""
PEOPLE = """\
id: for-people
title: Somebody has to look at it
class: people
status: active
codes: [PeopleOnly]
messages:
  en: ["The owner of the key has to grant the access that the backup needs"]
ladder: []
remedy: Ask the owner of the key to grant the access.
examples:
  - name: nothing is done
    given: {code: PeopleOnly}
    expect: escalate
"""
ADDED = """\
id: house-rule
title: What only our house knows
class: auto
status: active
codes: [HouseRule]
numbers: [777001]
messages:
  en: ["The proxy of our house has forgotten who we are again"]
ladder:
  - do: retry_backup
    when: {agent: ready, power: running}
remedy: Call the people who look after the proxy of our house.
examples:
  - name: the backup is tried again
    given: {code: HouseRule, agent: ready, power: running}
    expect: retry_backup
"""


@cache
def shipped() -> Library:
    """Return the library that ships here."""
    with TemporaryDirectory() as folder:
        return load(a_folder(Path(folder), sick_agent=OURS, for_people=PEOPLE))


def changed(old: str, new: str, text: str = OURS) -> str:
    """Return a text with one part replaced; the part has to be there."""
    assert old in text
    return text.replace(old, new)


def a_file(text: str, name: str | None = None) -> File:
    """Return a file that is named as its playbook."""
    known = text.partition("\n")[0].removeprefix("id: ")
    return File(name=name or f"{known}.yaml", data=text.encode())


def checked(*texts: str) -> Checked:
    """Check files of these texts."""
    return check(shipped(), map(a_file, texts))


def faults(*texts: str) -> tuple[str, ...]:
    """Return every fault of every file."""
    return tuple(fault for one in checked(*texts).verdicts for fault in one.faults)
