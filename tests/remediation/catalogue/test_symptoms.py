"""Which of a job's errors is taken."""

from remediation.catalogue.symptoms import symptoms_of
from remediation.playbooks.loader import load
from tests.remediation.catalogue.building import a_job, an_error

LIBRARY = load()


def test_a_job_without_errors_still_has_its_dynamic_message() -> None:
    """Some failed jobs say nothing else."""
    found = symptoms_of(LIBRARY, a_job(dynamic_message="Something happened"))
    assert (found.code, found.dynamic_message) == (None, "Something happened")


def test_the_first_error_that_names_a_cause_is_taken() -> None:
    """Ten errors in one job, the fourth is known."""
    strange = [an_error(f"Strange{at}", 499000 + at) for at in range(9)]
    known = an_error("UserErrorRpCollectionLimitReached")
    assert symptoms_of(LIBRARY, a_job(*strange[:3], known, *strange[3:])).code == known.code


def test_a_follow_up_gives_way_to_what_it_follows_from() -> None:
    """A job cancelled because of a fault tells of the fault."""
    job = a_job(an_error("UserErrorJobSuccessfullyCancelled", 400158), an_error(number=400196))
    assert symptoms_of(LIBRARY, job).number == 400196


def test_a_follow_up_alone_is_taken() -> None:
    """Then it is what happened."""
    assert symptoms_of(LIBRARY, a_job(an_error("X"), an_error(number=400158))).number == 400158


def test_a_generic_code_gives_way_to_one_that_names_a_cause() -> None:
    """The general first, the particular second: Azure does so."""
    job = a_job(an_error("UserErrorCrpReportedUserError", 400349), an_error(number=400039))
    assert symptoms_of(LIBRARY, job).number == 400039


def test_of_errors_that_nobody_knows_the_first_is_taken() -> None:
    """It is what people will look up."""
    assert symptoms_of(LIBRARY, a_job(an_error("First"), an_error("Second"))).code == "First"
