"""The page on classification: ``python -m tests.remediation.catalogue.classification_page``."""

from collections.abc import Iterator
from pathlib import Path

from remediation.catalogue import matcher
from remediation.playbooks.library import Library
from remediation.playbooks.loader import load
from tests.remediation.catalogue.measuring import (
    FOLDS,
    Count,
    asking,
    counted,
    disguised,
    held_out,
    messages,
    not_ours,
    other_wordings,
)

PAGE = Path(__file__).parents[3] / "docs/classification.md"

HEAD = """\
# Classification

From what a failed job says to its cause. `remediator classify` shows it at work, without Azure.

Written by `python -m tests.remediation.catalogue.classification_page`; a test holds the page to the
playbooks and the code, and fails where the limits below are not kept.

## The order

1. **String code** (`errorTitle`): case, odd spellings and a suffix like "(CRP)" do not count.
2. **Number** (`errorCode`), also where it stands in place of the code.
3. **Codes of restores and of other workloads**: `not_ours`. Known ones stand in the playbook
   `not-ours`; new ones are recognised by how Azure names them.
4. **Message**, the one that Azure does not localise first. A *generic* code leaves the cause to it,
   and only among the causes that its playbook names (`among`).
5. **State of the machine**, where neither says anything: Azure has no such machine, or its
   provisioning failed. Not for a generic code: Azure gave a reason there, though nobody knows it.

Else it is `unknown`, and people read it. Of several errors in one job the first that names a cause
is taken, before notes that only follow from it.

## Messages

Case, punctuation, quotation marks, HTML, JSON, links, ids, times and quoted names are taken away.
Then, the surest first: the same words; a code inside the text; a message inside a longer text;
nearly the same words. What is nearly the same is weighed: a word that few causes use tells more
than one that all use, and words that no message has count against it. A message that goes on with
advice is compared by its first statement.

A text that fits two causes is unknown, unless everything that tells the one from the other stands
there. A text that speaks of a restore, a database or a file share is not taken for one that does
not. Bold causes (`guarded`, `auto`) must be nearer than careful ones, and further from the second.

"""
TABLE = """\
## How often it is right

| texts | number | right | unknown | wrong | bolder than the truth |
|---|---|---|---|---|---|
"""
TAIL = """
*Bolder*: the cause that was named wrongly has a bolder class, or does more unasked, than the right
one. *Folds*: the messages are dealt out into {folds} heaps, and each heap is asked with the others
alone: where a cause has one message in a language, nothing is left to know it by. *Left out*: every
message of that language is taken away before they are asked. A text in a language without any
message is unknown, and that is as it should be.

The thresholds were chosen by looking at these sets, so texts that nobody has seen may do a little
worse: {english} in English, where every cause has messages, {elsewhere} elsewhere; {bolder} more
for bold causes; {margin} ahead of any other cause, {bold_margin} where the first is the bolder.
"""


def rows(library: Library) -> Iterator[tuple[str, Count]]:
    """Yield what is measured, and the counts."""
    ask = asking(library)
    own = [(text, cause) for text, _, cause in messages(library)]
    yield "all messages of the playbooks", counted(library, own, ask)
    yield "English, other wordings than ours", counted(library, other_wordings(library), ask)
    for name, texts in disguised(library).items():
        yield f"all messages, {name}", counted(library, texts, ask)
    yield "English, in folds", held_out(library, lambda _, at: at % FOLDS, english=True)
    yield "other languages, in folds", held_out(library, lambda _, at: at % FOLDS, english=False)
    by_language = held_out(library, lambda one, _: one.language, english=False)
    yield "other languages, each left out", by_language
    yield "not ours, or nothing at all", counted(library, not_ours(), ask)


def page(library: Library) -> str:
    """Return the whole page."""
    lines = [
        f"| {name} | {one.texts} | {_part(one.right, one)} | {_part(one.unknown, one)} "
        f"| {_part(one.wrong, one)} | {one.bolder} |"
        for name, one in rows(library)
    ]
    tail = TAIL.format(
        folds=FOLDS,
        english=matcher.SURE,
        elsewhere=matcher.SURE_ELSEWHERE,
        bolder=matcher.BOLDER,
        margin=matcher.MARGIN,
        bold_margin=matcher.BOLD_MARGIN,
    )
    return HEAD + TABLE + "\n".join(lines) + "\n" + tail


def _part(some: int, count: Count) -> str:
    return f"{some} ({some / count.texts:.1%})" if some else "0"


if __name__ == "__main__":
    PAGE.write_text(page(load()), encoding="utf-8")
