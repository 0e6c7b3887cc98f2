"""A comparable text as tokens: word stems, and pairs of signs where words are not parted.

Stems are cut, not derived: six letters tell "communicate" from "commit" and not from
"communication", in every language that parts its words. It is enough to find what a text is about;
how near it is, is measured afterwards.
"""

import re
from functools import lru_cache

STEM = 6

# Scripts that do not part words, or glue endings to them: Thai, Kana, Han, Hangul.
_RUN = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+"
)

# Names of one thing, as English editions vary them. "Restore point" must not look like "restore".
_PHRASE = {
    "virtual machines": "vm",
    "virtual machine": "vm",
    "key vault": "kvault",
    "restore points": "rpoint",
    "restore point": "rpoint",
    "mount points": "mountp",
    "mount point": "mountp",
    "file system": "filesystem",
    "could not": "unable",
    "couldn t": "unable",
    "can not": "unable",
    "can t": "unable",
}
_PHRASES = re.compile(r"\b(?:" + "|".join(_PHRASE) + r")\b")
# Cheaper than looking for the phrases themselves, and most texts of other languages have none.
_LIKELY = re.compile("machine|vault|point|system|could|can ")
_WORD = {
    "vms": "vm",
    "virtualmachines": "vm",
    "cannot": "unable",
    "couldn": "unable",
    "couldnt": "unable",
    "cant": "unable",
    "unsuccessful": "fail",
    "failed": "fail",
    "fails": "fail",
    "failure": "fail",
    "failing": "fail",
    "talk": "commun",
    "reach": "commun",
    "contact": "commun",
    "maximum": "max",
    "parse": "parsin",
    "start": "initia",
    "begin": "initia",
    "enough": "suffic",
    "sufficient": "suffic",
    "insufficient": "suffic",
    "frozen": "freeze",
    "isn": "not",
    "doesn": "not",
    "didn": "not",
    "hasn": "not",
    "wasn": "not",
    "isnt": "not",
    "doesnt": "not",
    "unsupported": "suppor",
    "mountpoint": "mountp",
    "mountpoints": "mountp",
    "keyvault": "kvault",
}

# English words that any sentence has.
STOP = frozenset(
    {
        *("a", "an", "the", "of", "to", "in", "is", "on", "for", "and", "as", "at", "by", "or"),
        *("be", "with", "this", "that", "it", "its", "has", "have", "had", "was", "wa", "were"),
        *("are", "been", "from", "due", "because", "becaus", "there", "so", "which", "when"),
        *("while", "do", "did", "if", "s", "t", "re", "ve", "some", "any", "will", "would"),
    }
)


def tokens(words: str) -> list[str]:
    """Return the tokens of a comparable text in their order, some of them more than once."""
    said = (_PHRASES.sub(_otherwise, words) if _LIKELY.search(words) else words).split()
    if words.isascii():
        return [stem(word) for word in said]
    found: list[str] = []
    for word in said:
        if word.isascii() or not _RUN.search(word):
            found.append(stem(word))
        else:
            found += _pairs(word)
    return found


def _otherwise(found: re.Match[str]) -> str:
    return _PHRASE[found.group()]


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Return the stem of one word; what means the same has the same."""
    same = _WORD.get(word)
    if same is not None:
        return same
    if len(word) > STEM:
        return word[:STEM]
    plural = word.endswith("s") and not word.endswith("ss") and word.isascii()
    return word[:-1] if plural and len(word) > len("vss") else word


def _pairs(word: str) -> list[str]:
    """Return each pair of neighbouring signs, and the words of other scripts between them."""
    found: list[str] = []
    at = 0
    for run in _RUN.finditer(word):
        if run.start() > at:
            found.append(stem(word[at : run.start()]))
        signs = run.group()
        found += [signs[i : i + 2] for i in range(len(signs) - 1)] or [signs]
        at = run.end()
    if at < len(word):
        found.append(stem(word[at:]))
    return found
