"""What owners say by tags: more careful than the policy, or bolder up to its ceiling. Pure.

A tag that cannot be read is never passed over: the machine is only observed, and the reason told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from remediation.model import Mode, Risk
from remediation.picture import excluded
from remediation.policy import Owner, Policy
from remediation.windows import Window, read_windows

# From careful to bold.
MODES = (Mode.OFF, Mode.OBSERVE, Mode.APPROVE, Mode.AUTO)
# Words that the tag of modes may have beside those for no and for looking on.
_WORDS = {"approve": Mode.APPROVE, "auto": Mode.AUTO, "on": Mode.AUTO}
_RISKS = {risk.word: risk for risk in Risk}
_SHOWN = 80


@dataclass(slots=True)
class _Hearing:
    """What was heard so far: how far the mode may go, and where each value comes from."""

    policy: Policy
    cap: Mode = Mode.AUTO
    capped_by: str = ""
    reason: str = ""
    windows: tuple[Window, ...] | None = None
    max_risk: Risk = Risk.NONE
    origins: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def at_most(self, mode: Mode, tag: str, reason: str) -> None:
        """Let the mode be no bolder than this."""
        if MODES.index(mode) < MODES.index(self.cap):
            self.cap, self.capped_by, self.reason = mode, tag, reason

    def unread(self, tag: str, fault: str) -> None:
        """Only observe: what the owner wanted is not known."""
        reason = f"the tag {tag} cannot be read: {fault}"
        self.notes.append(f"{reason}: the machine is only observed")
        self.at_most(Mode.OBSERVE, tag, reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The policy as the owner's tags leave it; which fields they set, and what is worth saying."""

    policy: Policy
    origins: Mapping[str, str]
    notes: tuple[str, ...]


def heard(policy: Policy, tags: Mapping[str, str]) -> Heard:
    """Return the policy for a machine with these tags; case and spaces around do not matter."""
    hearing = _Hearing(policy, max_risk=policy.max_risk)
    _mode(hearing, tags)
    _risk(hearing, tags)
    _windows(hearing, tags)
    mode, promoted, reason = policy.mode, policy.promoted, ""
    if MODES.index(hearing.cap) < MODES.index(mode):
        mode, reason = hearing.cap, hearing.reason
        hearing.origins["mode"] = _origin(hearing.capped_by)
    elif hearing.cap is mode:
        # The policy says the same by itself. That the owner does, too, is why more is not promoted.
        reason = hearing.reason
    if hearing.cap is not Mode.AUTO and promoted:
        # What is promoted is bolder than the mode: the owner's word is for that, too.
        promoted, reason = frozenset(), hearing.reason
        hearing.origins["promoted"] = _origin(hearing.capped_by)
    owner = Owner(windows=hearing.windows, reason=reason)
    made = replace(policy, mode=mode, promoted=promoted, max_risk=hearing.max_risk, owner=owner)
    return Heard(policy=made, origins=hearing.origins, notes=tuple(hearing.notes))


def _origin(tag: str) -> str:
    return f"tag {tag} on the machine, its group or subscription"


def _values(tags: Mapping[str, str], name: str) -> Iterator[str]:
    """Yield the values of the tag, whatever its casing; there may be several if sources lie."""
    return (text.strip() for key, text in tags.items() if key.strip().lower() == name.lower())


def _mode(hearing: _Hearing, tags: Mapping[str, str]) -> None:
    policy, tag = hearing.policy, hearing.policy.observe_tag
    if excluded(tags, policy.exclusion_tag, policy.exclusion_value):
        hearing.notes.append(f"the tag {policy.exclusion_tag} excludes the machine")
    # A tag of its own may say anything else; the one tag for both is ours, and must make sense.
    ours = tag.lower() == policy.exclusion_tag.lower()
    for value in _values(tags, tag):
        word = value.lower()
        if word == policy.observe_value.lower():
            hearing.at_most(Mode.OBSERVE, tag, f"the tag {tag} says {value}")
        elif not ours or word == policy.exclusion_value.lower():
            continue
        elif word in _WORDS:
            hearing.at_most(_WORDS[word], tag, f"the tag {tag} says {value}")
        else:
            expected = ", ".join((policy.exclusion_value, policy.observe_value, *_WORDS))
            hearing.unread(tag, f"expected one of {expected}, got {value[:_SHOWN]!r}")


def _risk(hearing: _Hearing, tags: Mapping[str, str]) -> None:
    policy, tag = hearing.policy, hearing.policy.risk_tag
    asked: list[Risk] = []
    for value in _values(tags, tag):
        risk = _RISKS.get(value.lower())
        if risk is None:
            expected = ", ".join(_RISKS)
            hearing.unread(tag, f"expected one of {expected}, got {value[:_SHOWN]!r}")
            continue
        allowed = min(risk, max(policy.max_risk, policy.tag_risk_ceiling))
        if allowed < risk:
            hearing.notes.append(
                f"the tag {tag} asks for {risk.word}; tags may allow up to {allowed.word}"
            )
        asked.append(allowed)
    if asked and min(asked) != policy.max_risk:
        hearing.max_risk = min(asked)
        hearing.origins["max_risk"] = _origin(tag)


def _windows(hearing: _Hearing, tags: Mapping[str, str]) -> None:
    tag = hearing.policy.window_tag
    found = list(_values(tags, tag))
    if len(found) > 1:
        hearing.unread(tag, "expected it once, got it in several casings")
        return
    for value in found:
        try:
            windows = read_windows(value)
        except ValueError as fault:
            hearing.unread(tag, str(fault))
            continue
        hearing.windows = windows
        hearing.origins["owner"] = _origin(tag)
