"""What is to be thought of a link, as a sentence: genuine, run out, or not ours."""

from dataclasses import dataclass
from datetime import datetime

from remediation.incident import Incident
from remediation.links.link import About, Checked, Links, Verdict

# Longer than any link of ours; what is longer was altered, and need not be looked at whole.
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link that was checked: ``said`` to people. ``notice``: the key of what it was sent with.

    ``attempt``: how many attempts there were then. ``current``: whether what it asked is still
    asked; None where it asked nothing. All but the verdict are known of a link of ours only.
    """

    verdict: Verdict
    said: str
    notice: str | None = None
    attempt: int | None = None
    until: datetime | None = None
    current: bool | None = None

    @property
    def trusted(self) -> bool:
        """Whether it was sent by us and still holds."""
        return self.verdict is Verdict.GENUINE


def link_view(links: Links, incident: Incident, token: str, now: datetime) -> LinkView:
    """Check a link that came with a request for the incident's page."""
    found = links.checked(incident.id, token[:_LONGEST], now)
    about = found.about
    if about is None:
        return LinkView(verdict=found.verdict, said=_untold(found))
    current = _current(incident, about)
    return LinkView(
        verdict=found.verdict,
        said=_told(found.verdict, about, current=current),
        notice=about.notice,
        attempt=about.attempt,
        until=about.until,
        current=current,
    )


def _current(incident: Incident, about: About) -> bool | None:
    if not about.notice.startswith(f"{incident.id}-approval-"):
        return None
    asked = incident.approval
    open_still = asked is not None and bool(asked.missing) and not asked.denied
    return asked is not None and asked.key == about.notice and incident.open and open_still


def _told(verdict: Verdict, about: About, *, current: bool | None) -> str:
    when = about.until.isoformat()
    if verdict is Verdict.EXPIRED:
        return f"This link is genuine, and ran out at {when}. Below stands how it is now."
    attempts = f"{about.attempt} attempt{'' if about.attempt == 1 else 's'}"
    sent = f"sent for this incident with the notice {about.notice}, after {attempts}"
    said = f"This link is genuine: it was {sent}, and holds until {when}."
    if current is False:
        said += " What it asked is not asked any more. Below stands how it is now."
    return said


def _untold(found: Checked) -> str:
    match found.verdict:
        case Verdict.UNKNOWN_KEY:
            return (
                "This link was signed with a key that is not known here: it is older than the last"
                " two keys, or not ours. Trust what stands below, not what the link came with."
            )
        case Verdict.NOT_CHECKED:
            return "This link cannot be checked: no key is set (REMEDIATOR_LINK_KEY)."
        case _:
            return (
                "This link was not made by us as it stands: it was altered, or made for another"
                " incident. Trust what stands below, not what the link came with."
            )
