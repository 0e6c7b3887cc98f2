"""The evidence as sentences, for the command and whoever reads the API's answer. Pure.

Small samples are called small, and nothing is called nothing.
"""

from collections.abc import Iterator

from remediation.promotion.evidence import Evidence, fate_words
from remediation.promotion.seen import Fate

# Fewer than these say little about the next night.
FEW_OCCASIONS, FEW_MACHINES, FEW_DAYS = 10, 3, 14
_OWNERS = "are only watched because their owners say"


def sentences(found: Evidence, action: str, place: str) -> tuple[str, ...]:
    """Return what was seen, sentence by sentence."""
    return tuple(_told(found, action, place))


def _told(found: Evidence, action: str, place: str) -> Iterator[str]:
    span = f"{found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}"
    yield (
        f"{_counted(found.incidents, 'incident')} of {_counted(found.machines, 'machine')} in"
        f" {place} opened from {span}"
        f"{', and older ones that were not looked at: there are too many' if found.cut else ''}."
    )
    if not found.occasions:
        yield _nothing(found, action)
        return
    yield (
        f"The mode held {action} {_times(found.occasions)} on"
        f" {_counted(found.affected, 'machine')}: {found.free} would have run at once,"
        f" {found.later} later, {found.never} not at all."
    )
    yield from _little(found)
    if found.guards:
        held = ", ".join(f"{guard} {count}" for guard, count in found.guards.items())
        yield f"Other guards would still have held: {held}."
    yield from _after(found)
    yield from _people(found)
    yield from _limits(found)


def _nothing(found: Evidence, action: str) -> str:
    if not found.incidents:
        return f"Nothing was observed yet: no backup failed there. This says nothing of {action}."
    return (
        f"Nothing was observed yet: {action} was never held by the mode there. Either no ladder"
        " came to it, or it runs already."
    )


def _little(found: Evidence) -> Iterator[str]:
    days = (found.last - found.first).days if found.first and found.last else 0
    few = [
        text
        for text, small in (
            (_counted(found.occasions, "occasion"), found.occasions < FEW_OCCASIONS),
            (_counted(found.affected, "machine"), found.affected < FEW_MACHINES),
            (_counted(days, "day"), days < FEW_DAYS),
        )
        if small
    ]
    if few:
        yield f"A small sample ({', '.join(few)}): it says little about the next one."


def _after(found: Evidence) -> Iterator[str]:
    words = fate_words()
    for fate in Fate:
        count = found.fates.get(fate.value, 0)
        if count:
            yield f"Of those that would have run: {count} where {words[fate]}."


def _people(found: Evidence) -> Iterator[str]:
    if found.asked:
        silent = found.asked - found.approved - found.denied
        yield (
            f"People were asked {_times(found.asked)}: {found.approved} yes, {found.denied} no,"
            f" {silent} without an answer."
        )
    if found.ran:
        results = ", ".join(f"{result} {count}" for result, count in found.ran.items())
        yield f"Where it ran: {results}."


def _limits(found: Evidence) -> Iterator[str]:
    if found.spaced:
        yield (
            f"{found.spaced} of those that would have run come too soon after another of the same"
            " machine: observing spends no budget, acting does."
        )
    if found.brake and found.peak >= found.brake:
        yield (
            f"{found.peak} would have begun within half an hour; from {found.brake} machines on"
            " the storm brake lets them begin one by one."
        )
    elif found.free:
        yield f"At most {found.peak} would have begun within half an hour."
    if found.excluded:
        its, stays = ("its tag", "stays") if found.excluded == 1 else ("their tags", "stay")
        yield f"{_counted(found.excluded, 'machine')} excluded by {its} {stays} excluded."
    if found.owned:
        why = "is only watched because its owner says" if found.owned == 1 else _OWNERS
        yield f"{_counted(found.owned, 'machine')} {why} so."


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
