"""What a cause means, in words: how it is known, its ladder, what happens unasked, what people do.

Pure: of playbooks alone, so that it needs neither Azure nor settings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from console.views.wording import ACTIONS as TITLES
from console.views.wording import condition
from remediation.advice import advice
from remediation.catalogue.foreign import is_foreign
from remediation.model import CauseClass, Need, Rung
from remediation.playbooks.lasting import lasting
from remediation.playbooks.library import NOT_OURS, Entry, Library
from remediation.playbooks.wording import code_key
from remediation.repertoire import ACTIONS

_SUGGESTIONS = 5

CLASSES: Mapping[CauseClass, str] = {
    CauseClass.AUTO: "everything happens by itself up to the risk that the policy allows",
    CauseClass.GUARDED: "only what the policy opts into happens by itself",
    CauseClass.WAIT: "one retry happens by itself, further rungs only where the policy opts in",
    CauseClass.PEOPLE: "nothing happens by itself: people are told",
}

_UNDO = "what it changed, and how to take it back, stands in the record: remediator show INCIDENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class RungWords:
    """A rung; ``unasked`` says whether it is entered by itself. ``position`` counts from 1.

    ``undo``: how what it changes in the guest is taken back; None where it changes nothing there.
    """

    position: int
    action: str
    title: str
    risk: str
    conditions: tuple[str, ...]
    unasked: str
    wait: str | None
    needs: tuple[str, ...]
    tries: int
    undo: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A cause. ``certainty``: how sure it is that what was asked for means this cause.

    ``may_mean``: the causes that a generic code can have, id to title. ``left_out`` counts rungs
    that are for another system. ``found``: what people do about what an inspection may find.
    """

    asked: str
    cause: str
    title: str
    about: str
    matched_by: str
    certainty: str
    cause_class: str
    happens: str
    status: str
    codes: tuple[str, ...]
    numbers: tuple[int, ...]
    languages: tuple[str, ...]
    may_mean: Mapping[str, str]
    ladder: tuple[RungWords, ...]
    left_out: int
    never: tuple[str, ...]
    remedy: str
    found: tuple[str, ...]
    references: tuple[str, ...]


def explain(library: Library, asked: str, system: str | None = None) -> Explanation | None:
    """Explain a string code, a number or a playbook's id; None for what nobody knows.

    ``system``: windows or linux; rungs for the other one are left out.
    """
    located = _locate(library, asked.strip())
    if located is None:
        return None
    entry, matched_by, certainty = located
    playbook = entry.playbook
    kept = [
        _words(at, rung, playbook.cause_class)
        for at, rung in enumerate(playbook.ladder, start=1)
        if _fits(rung, system)
    ]
    return Explanation(
        asked=asked.strip(),
        cause=playbook.id,
        title=playbook.title,
        about=entry.about,
        matched_by=matched_by,
        certainty=certainty,
        cause_class=playbook.cause_class.value,
        happens=CLASSES[playbook.cause_class],
        status=entry.maturity.value,
        codes=entry.codes,
        numbers=entry.numbers,
        languages=tuple(entry.messages),
        may_mean=dict(_may_mean(library, entry)),
        ladder=tuple(kept),
        left_out=len(playbook.ladder) - len(kept),
        never=entry.never,
        remedy=playbook.remedy,
        found=_found(rung for rung in playbook.ladder if _fits(rung, system)),
        references=playbook.references,
    )


def suggestions(library: Library, asked: str) -> tuple[str, ...]:
    """Return the nearest codes, numbers and ids that are known."""
    known = {
        code_key(str(name)): str(name)
        for entry in library.entries.values()
        for name in (*entry.codes, *entry.numbers, entry.playbook.id)
    }
    key = code_key(asked)
    near = get_close_matches(key, known, n=_SUGGESTIONS, cutoff=0.6) if key else []
    return tuple(known[one] for one in near)


def _locate(library: Library, asked: str) -> tuple[Entry, str, str] | None:
    """Return the entry, what it was found by, and how sure that is."""
    # Programs write ``not_ours``.
    entry = library.entries.get(asked.casefold().replace("_", "-"))
    if entry is not None:
        return entry, "id", "it is the playbook's own id"
    if asked.isascii() and asked.isdigit():
        entry = library.by_number(int(asked[:18]))
        return (entry, "number", _sure(entry)) if entry else None
    entry = library.by_code(asked)
    if entry is not None:
        return entry, "code", _sure(entry)
    foreign = library.entries.get(NOT_OURS)
    if foreign is not None and is_foreign(code_key(asked)):
        return foreign, "code", "by how Azure names such codes; this one is not listed by itself"
    return None


def _sure(entry: Entry) -> str:
    if entry.generic:
        return (
            "not sure: it names no cause, the message beside it decides; without one it is unknown"
        )
    return "certain: it names this cause and no other"


def _may_mean(library: Library, entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the causes that a generic code can have, where the playbook names them."""
    for name in sorted(entry.among or ()):
        yield name, library.playbook(name).title


def _fits(rung: Rung, system: str | None) -> bool:
    if system is None:
        return True
    own = ACTIONS[rung.do].os
    return own in {None, system} and system in rung.when.get("os", (system,))


def _words(position: int, rung: Rung, cause_class: CauseClass) -> RungWords:
    action = ACTIONS[rung.do]
    system = (f"the system is {action.os}",) if action.os and "os" not in rung.when else ()
    agent = ("the guest agent is ready",) if action.needs_agent and "agent" not in rung.when else ()
    return RungWords(
        position=position,
        action=rung.do,
        title=TITLES.get(rung.do, rung.do),
        risk=action.risk.word,
        conditions=(
            *system,
            *(condition(name, allowed) for name, allowed in rung.when.items()),
            *agent,
        ),
        unasked=_unasked(rung, cause_class),
        wait=lasting(rung.wait) if rung.wait else None,
        needs=tuple(_needs(rung)),
        tries=rung.tries,
        undo=_UNDO if action.opt_in and action.needs_agent else None,
    )


def _needs(rung: Rung) -> Iterator[str]:
    if ACTIONS[rung.do].approval or Need.APPROVAL in rung.needs:
        yield "a person's approval"
    if Need.WINDOW in rung.needs:
        yield "a maintenance window"


def _unasked(rung: Rung, cause_class: CauseClass) -> str:
    action = ACTIONS[rung.do]
    if action.inspects:
        return "by itself, where the mode is approve or auto: it only looks"
    if not action.acts:
        return "by itself: it changes nothing"
    allowed = f"where the policy allows risk {action.risk.word}"
    if action.approval or Need.APPROVAL in rung.needs:
        return f"never: it waits for a person, {allowed}"
    one_retry = cause_class is CauseClass.WAIT and rung.do == "retry_backup"
    if action.opt_in or (cause_class is not CauseClass.AUTO and not one_retry):
        return f"only where the policy's opt_in names {rung.do}, and {allowed}"
    return f"{'once ' if one_retry else ''}by itself, {allowed}"


def _found(rungs: Iterator[Rung]) -> tuple[str, ...]:
    """Return the advice about each thing that a rung asks an inspection for."""
    said: list[str] = []
    for rung in rungs:
        for fact, values in rung.when.items():
            for value in values:
                said += advice({fact: value})
    return tuple(dict.fromkeys(said))
