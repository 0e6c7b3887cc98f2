"""The guard of storms: while many fail together, only who has a permit begins. Pure."""

from collections.abc import Iterator

from remediation.incident import Objection
from remediation.plan import Plan


def storm(plan: Plan) -> Iterator[Objection]:
    """No action is begun that a storm holds back, or while failures cannot be counted.

    Whoever commits an intent asks for the permit; what was begun goes on to its proof.
    """
    if plan.untouched and plan.picture.storm is not None:
        yield plan.picture.storm
