"""The guarantees G1 to G11, each checked from what a run left behind. Pure."""

from collections.abc import Callable, Mapping

from local.checker.actions import excluded_untouched, intent_before_effect, one_at_a_time
from local.checker.chain import chains_verify
from local.checker.course import people_told, state_is_fold, within_bounds
from local.checker.delivery import every_failure_is_filed, nothing_twice
from local.checker.evidence import Evidence
from local.checker.findings import Guarantee
from local.checker.outcomes import locks_are_back, recovered_has_point

CHECKS: Mapping[str, Callable[[Evidence], Guarantee]] = {
    "G1": every_failure_is_filed,
    "G2": one_at_a_time,
    "G3": intent_before_effect,
    "G4": within_bounds,
    "G5": state_is_fold,
    "G6": people_told,
    "G7": excluded_untouched,
    "G8": locks_are_back,
    "G9": recovered_has_point,
    "G10": nothing_twice,
    "G11": chains_verify,
}


def verify(evidence: Evidence) -> dict[str, Guarantee]:
    """Return the verdict of every guarantee, by its name."""
    return {name: check(evidence) for name, check in CHECKS.items()}
