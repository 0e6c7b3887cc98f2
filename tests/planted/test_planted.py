"""The proof that the proofs can fail: each planted breakage is noticed, one by one."""

from pathlib import Path

import pytest

from tests.planted.breakages import BREAKAGES, NAMED, Breakage
from tests.planted.copy import broken, copied, noticed, run

FAILS = """
import pytest

@pytest.mark.parametrize("case", ["of two words - so", "next"])
def test_it(case):
    assert not case, "what [was] wanted - ['recovered'] - and much more of it " * 9 + "[so]"
"""
CANNOT_BEGIN = """
import pytest

@pytest.fixture
def ground():
    raise RuntimeError("gone")

def test_it(ground):
    pass
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the code, for all of them."""
    return copied(tmp_path_factory.mktemp("planted") / "code")


@pytest.mark.proof
@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda one: one.name)
def test_a_breakage_is_noticed(breakage: Breakage, code: Path) -> None:
    """By a test that fails with it, and passes without it."""
    noticed(code, breakage)


def test_a_breakage_that_no_longer_fits_is_refused(code: Path) -> None:
    """Code moves on; a breakage that breaks nothing would prove nothing."""
    stale = Breakage(
        name="stale", promises=("G1",), file="state/chain.py", old="no such line", new="", proofs=()
    )
    with pytest.raises(ValueError, match="stale: its text stands 0 times"), broken(code, stale):
        pass


def test_the_copy_is_whole_again_after_a_breakage(code: Path) -> None:
    """One breakage at a time."""
    one = BREAKAGES[0]
    before = (code / one.file).read_text("utf-8")
    with broken(code, one):
        assert (code / one.file).read_text("utf-8") != before

    assert (code / one.file).read_text("utf-8") == before


@pytest.mark.parametrize("ci", ["true", ""], ids=["in CI", "at a desk"])
def test_the_failed_test_is_named_whole(
    ci: str, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case with spaces is one test; a reason that reads like a case's end is none of it."""
    monkeypatch.setenv("CI", ci)
    (code / "tests" / "test_that_fails.py").write_text(FAILS, encoding="utf-8")

    failed, _ = run(code, "tests/test_that_fails.py")

    assert failed == "tests/test_that_fails.py::test_it[of two words - so]"


def test_a_test_that_cannot_begin_has_noticed_nothing(code: Path) -> None:
    """What breaks the ground a test stands on says nothing of the promise."""
    (code / "tests" / "test_that_fails.py").write_text(CANNOT_BEGIN, encoding="utf-8")

    failed, done = run(code, "tests/test_that_fails.py")

    assert failed is None
    assert done.returncode == 1


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda one: one.name)
def test_a_breakage_fits_and_names_what_is_there(breakage: Breakage, code: Path) -> None:
    """Its text stands in the code; G1 to G11 or a named promise, and files of this project."""
    with broken(code, breakage):
        pass
    known = {*(f"G{number}" for number in range(1, 12)), *NAMED}
    root = Path(__file__).parents[2]

    assert breakage.promises
    assert set(breakage.promises) <= known
    assert breakage.proofs
    assert all((root / proof.partition("::")[0]).exists() for proof in breakage.proofs)
