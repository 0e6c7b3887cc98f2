"""What a failed job says of itself, as the classifier takes it."""

from dataclasses import dataclass

from remediation.playbooks.library import Library
from remediation.views import Job, JobError

# Codes that follow from another fault of the same job and explain nothing by themselves: the end
# of a job that was cancelled because of it, and the note that a weaker snapshot was taken.
FOLLOW_UPS = frozenset({400158, 400446})

# A job has held ten errors at once; a list without end is not read to its end.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms:
    """``code`` is ``errorTitle``, ``number`` ``errorCode``, ``message`` the localised text.

    ``dynamic_message`` is the text that Azure does not localise. ``os`` is windows, linux or None.
    """

    code: str | None = None
    number: int | None = None
    message: str | None = None
    dynamic_message: str | None = None
    os: str | None = None


def symptoms_of(library: Library, job: Job, os: str | None = None) -> Symptoms:
    """Return the symptoms of the error that says most.

    Of several errors that is the first whose code or number names a cause and is no follow-up;
    else the first that is known at all (a generic code, a follow-up); else the first.
    """
    errors = job.errors[:MOST]
    known = [error for error in errors if _names_cause(error, library)]
    chosen = next(
        (error for error in known if error.number not in FOLLOW_UPS),
        next(
            (error for error in errors if _claimed(error, library)), errors[0] if errors else None
        ),
    )
    if chosen is None:
        return Symptoms(dynamic_message=job.dynamic_message, os=os)
    return Symptoms(
        code=chosen.code,
        number=chosen.number,
        message=chosen.message,
        dynamic_message=job.dynamic_message,
        os=os,
    )


def _names_cause(error: JobError, library: Library) -> bool:
    by_code = library.by_code(error.code) if error.code else None
    entry = by_code or (library.by_number(error.number) if error.number is not None else None)
    return entry is not None and not entry.generic


def _claimed(error: JobError, library: Library) -> bool:
    by_code = library.by_code(error.code) if error.code else None
    return by_code is not None or (
        error.number is not None and library.by_number(error.number) is not None
    )
