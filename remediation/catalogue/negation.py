"""Whether two texts that are nearly alike say the opposite of each other.

One small word turns a message round: "can communicate", "did not fail", "has been raised". What
denies is counted in the words of both; they must deny as often, or both an odd number of times.
A language without a list here asks for nearly the same words instead.
"""

import re
from functools import lru_cache

# By language, what denies. English counts "failed to" too, as it says the same as "unable to".
_DENIES = {
    "en": r"not?|never|without|none|neither|nor|cannot|\w+n t|(?:is|does|did|was|has|are|have|can"
    r"|could|were|had)nt|unable"
    r"|fail(?:s|ed|ure|ing)? (?:to|in|parsing|starting)|unsuccessful|insufficient|inadequate"
    r"|unsupported|unavailable|unresponsive|unreachable|missing|lack(?:s|ing)?|absent|disallowed"
    r"|communication (?:failure|failed)|impossible",
    "de": r"nicht|kein\w*|ohne|nie|niemals|unzureichend\w*|nicht\w*|unmöglich|fehlt|fehlen",
    "fr": r"pas|aucun\w*|jamais|sans|impossible|insuffisant\w*|inadéquat\w*|incapable|plus",
    "es": r"no|sin|nunca|ningún|ninguna?|insuficientes?|imposible",
    "it": r"non|senza|mai|nessun\w*|impossibile|insufficient[ei]|inadeguat\w*",
    "pt": r"não|sem|nunca|nenhum\w*|impossível|insuficientes?|inadequad\w*",
    "nl": r"niet|geen|zonder|nooit|onvoldoende|onmogelijk",
    "sv": r"inte|ej|ingen|inget|inga|utan|aldrig|otillräcklig\w*",
    "da": r"ikke|ingen|intet|uden|aldrig|utilstrækkelig\w*",
    "nb": r"ikke|ingen|intet|uten|aldri|utilstrekkelig\w*",
    "fi": r"ei|eivät|eikä|ilman|riittämättö\w*|pysty",
    "pl": r"nie|bez|brak|nigdy|niewystarczając\w*",
    "cs": r"ne(?!b|j|ž|u)\w+|bez|není|chybí",
    "hu": r"nem|nincs|nincsenek|sem|soha|nélkül|\w+telen|\w+tlen",
    "ru": r"не|нет|без|никогда|невозможно|недостаточ\w*|неудач\w*",
    "id": r"tidak|bukan|tanpa|belum",
    "tr": r"\w+(?:m[ae]d[\u0131i]|m[\u0131iuü]yor|m[ae]z|m[ae]m[ae]s[\u0131i])\w*|değil\w*|yok\w*"
    r"|yetersiz\w*"
    r"|başar[\u0131i]s[\u0131i]z\w*|geçersiz\w*",
    "el": r"δεν|δε|μη|μην|χωρίς|αδυναμία",
}
_DENY = {language: re.compile(rf"\b(?:{words})\b") for language, words in _DENIES.items()}
_DENY |= {
    "zh": re.compile("[不未没沒無无]"),
    "ja": re.compile("ません|ない|なかっ|なく|できず|[不未無]"),
    "ko": re.compile("[않못없]|불가|불충분|부족"),
}
# Where nothing is known of a language, its texts must be this near.
NEARLY_SAME = 0.93
# So many signs before a message may deny it.
LONGEST_DENIAL = 60

# What turns a message round without denying anything; the message must have it, too.
_TURNS = re.compile(
    r"\b(?:min|minimum|minimal|minimale|mínimo|minimo|raised|increased|lifted|good|healthy"
    r"|repaired|resolved|fixed|recovered|restored|succeeded|succeeds|successful|successfully"
    r"|unlocked|cleared|again|behoben|repariert|erhöht|erfolgreich|réparée?|résolue?|augmentée?"
    r"|reparad[oa]|resuelt[oa]|aumentad[oa]|corregid[oa]|riparat[oa]|risolt[oa]|aumentat[oa])\b"
    "|最小|最低|修复|修復|解决|解決|提高|성공|최소|해결"
)
# "Backup did not fail": a failure that is denied, however often either text denies.
_NO_FAILURE = re.compile(r"\b(?:not|never|n t|nt|without|no)(?: any| a)? fail\w*")
# What stands right before a message and denies all of it.
_DENIED = re.compile(
    r"(?:\b(?:not?|never|without|neither|nor|\w+n t)(?: (?:an?|the|any|due to|because of|because"
    r"|caused by|true that|the case that|seen|found))*"
    r"|\b(?:not|never|n t|without) fail\w*(?: \w+){0,3})$"
)
# What a later sentence says of the whole: it is over.
_OVER = re.compile(
    r"\b(?:ha[sd]|have|is|was|were|are)(?: now| since| already| meanwhile)?(?: been)?"
    r" (?:repaired|resolved|fixed|lifted|raised)\b"
)
_IF = re.compile(r"\b(?:if|until|once|after|when|whether|unless|please|ensure|make sure|not)\b")


def opposed(words: str, message: str, language: str) -> bool:
    """Whether comparable words that are nearly a message's say its opposite."""
    if words == message:
        return False
    family = language.partition("-")[0]
    if _count(words, family) % 2 != _count(message, family) % 2:
        return True
    turned = _TURNS.search(words)
    if turned is not None and any(one not in message for one in _TURNS.findall(words)):
        return True
    return bool(_NO_FAILURE.search(words)) != bool(_NO_FAILURE.search(message))


def is_listed(language: str) -> bool:
    """Whether it is known what denies in the language."""
    return language.partition("-")[0] in _DENY


def denied_before(words: str) -> bool:
    """Whether what stands before a message denies it."""
    return _DENIED.search(words.rstrip()) is not None


def is_over(statement: str) -> bool:
    """Whether a statement says that something has been repaired, and not what to do if it is."""
    return _OVER.search(statement) is not None and _IF.search(statement) is None


@lru_cache(maxsize=8_192)
def _count(words: str, family: str) -> int:
    deny = _DENY.get(family)
    return len(deny.findall(words)) if deny else 0
