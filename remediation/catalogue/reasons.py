"""The reasons that a text gives: "because the VM is deleted", or a clause behind a colon.

A known message with a reason that is no part of it may be about something else altogether.
"""

import re
from collections.abc import Iterator

from remediation.playbooks.wording import LONGEST, statements

_BECAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|as(?= (?:the|an?|it|there|this|your|its|vm|no|disk|restore)\b)"
    r"|since|caused by|owing to|as a result of|on account of"
    r"|weil|aufgrund|wegen|da(?= (?:der|die|das)\b)"
    r"|car|parce qu\w*|en raison d\w*|porque|debido al?|ya que|devido à?o?|já que"
    r"|perché|poiché|a causa d\w*|omdat|vanwege|wegens|eftersom|på grund av|fordi|på grund af"
    r"|ponieważ|z powodu|protože|kvůli|mert|из за|так как|потому что)\b"
)
# Where advice begins, which gives no reason.
_ADVICE = re.compile(
    r"\b(?:please|kindly|make sure|ensure|try again|retry|for more|for details|see|refer|contact"
    r"|check|verify|wait|you (?:can|may|must|should)|recommended|recommendation|possible|learn"
    r"|this|it|if|when|remove|delete|restart|install|update|run|error code|code|activity"
    r"|correlation)\b"
)
# What a clause has and a heading, a name or a number has not.
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|not?|cannot|unable|failed|locked|deleted|deallocated"
    r"|stopped|exceeded|reached|missing|lacks|full|supported)\b"
)
_COLON = re.compile(r":(?=\s)|\uff1a|\s[-\u2013\u2014]+\s")


def reasons(statement: str) -> Iterator[str]:
    """Yield the reasons that a comparable statement gives; advice gives none."""
    if "please" in statement[:8]:
        return
    pieces = _BECAUSE.split(statement)
    for piece in pieces[1:]:
        advice = _ADVICE.search(piece)
        clause = piece[: advice.start()] if advice else piece
        if clause.strip():
            yield clause.strip()


def explains(raw: str, following: str) -> bool:
    """Whether a statement of the raw text is a clause behind a colon or a dash, and no advice."""
    if _CLAUSE.search(following) is None:
        return False
    advice = _ADVICE.search(following)
    if advice is not None and advice.start() == 0:
        return False
    return any(statements(piece)[:1] == [following] for piece in _COLON.split(raw[:LONGEST])[1:])
