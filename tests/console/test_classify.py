"""``remediator classify``: one answer a question, in order, whatever comes in."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from console.cli import app
from console.cli.classify import LONGEST_LINE, _batches
from remediation.catalogue.answer import max_risk
from remediation.playbooks.ladder import first_action
from remediation.playbooks.loader import load
from tests.remediation.overrides.texts import ADDED

pytestmark = pytest.mark.proof

LIBRARY = load()
KEYS = ["cause", "class", "matched_by", "confidence", "action", "max_risk"]
NO_CAUSE = {"class": "people", "action": "escalate", "max_risk": "none"}
RUNNER = CliRunner()


def _asked(*arguments: str, lines: bytes | None = None) -> list[dict[str, Any]]:
    result = RUNNER.invoke(app, ["classify", "--json", *arguments], input=lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def _one(question: object) -> dict[str, Any]:
    (told,) = _asked(lines=json.dumps(question).encode())
    return told


def test_an_answer_has_its_keys_and_no_other() -> None:
    """Programs read them."""
    assert list(_one({"code": "UserErrorRpCollectionLimitReached"})) == KEYS


@pytest.mark.parametrize(
    ("question", "cause", "matched_by"),
    [
        ({"code": "USERERRORGUESTAGENTSTATUSUNAVAILABLE"}, "guest-agent-unavailable", "code"),
        ({"number": 400196}, "guest-agent-unavailable", "number"),
        ({"number": "400196"}, "guest-agent-unavailable", "number"),
        ({"code": "320001"}, "vm-not-found", "number"),
        (
            {"message": "The VM is in failed provisioning state"},
            "vm-provisioning-failed",
            "message",
        ),
        ({"code": None, "number": None, "message": None, "locale": None}, "unknown", "none"),
        ({"code": "", "number": "", "message": ""}, "unknown", "none"),
        ({"code": "NobodyKnowsThis", "locale": "de-de"}, "unknown", "none"),
        ({"code": "RestoreOperationFailed"}, "not_ours", "code"),
        ({}, "unknown", "none"),
    ],
)
def test_a_question_is_answered(question: object, cause: str, matched_by: str) -> None:
    """By code, number, message, or not at all; null is as good as nothing."""
    told = _one(question)
    assert (told["cause"], told["matched_by"]) == (cause, matched_by)


@pytest.mark.parametrize("code", ["NobodyKnowsThis", "RestoreOperationFailed"])
def test_what_is_no_cause_goes_to_people(code: str) -> None:
    """Nothing is done, and nothing may be."""
    assert _one({"code": code}).items() >= NO_CAUSE.items()


def test_a_cause_tells_its_first_action_and_its_highest_risk() -> None:
    """As its playbook has them; a rung that a person approves does not count."""
    for entry in LIBRARY.entries.values():
        if entry.codes and not entry.generic and entry.playbook.id != "not-ours":
            told = _one({"code": entry.codes[0]})
            assert told["action"] == first_action(entry.playbook, {})
            assert told["max_risk"] == max_risk(entry.playbook).word
            assert told["class"] == entry.playbook.cause_class.value


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"", "expected a JSON object"),
        (b"not json", "expected a JSON object"),
        (b"[1]", "expected a JSON object"),
        (b"null", "expected a JSON object"),
        (b"\xff\xfe{}", "expected a JSON object"),
        (b"[" * 100_000, "expected a JSON object"),
        (b'{"number": ' + b"9" * 5_000 + b"}", "expected a JSON object"),
        (b'{"code": 5}', "code: expected a text, got a number"),
        (b'{"message": ["a"]}', "message: expected a text, got a list"),
        (b'{"locale": {}}', "locale: expected a text, got an object"),
        (b'{"number": true}', "number: expected a whole number, got true or false"),
        (b'{"number": 1.5}', "number: expected a whole number, got a number"),
        (b'{"number": "many"}', "number: expected a whole number, got a text without one"),
        (b'{"message": "' + b"x" * LONGEST_LINE + b'"}', "expected at most"),
    ],
    ids=range(14),
)
def test_a_line_that_asks_nothing_is_answered_all_the_same(line: bytes, error: str) -> None:
    """With the error; the lines around it keep their answers."""
    known = b'{"number": 400196}'
    first, told, last = _asked(lines=b"\n".join((known, line, known)))
    assert first == last
    assert told["error"].startswith(error)
    assert told["cause"] == "unknown"
    assert told.items() >= NO_CAUSE.items()
    assert list(told) == ["error", *KEYS]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=8))
def test_every_line_gets_exactly_one_answer(lines: list[bytes]) -> None:
    """Whatever bytes stand in it."""
    told = _asked(lines=b"".join(line + b"\n" for line in lines))
    assert len(told) == len(lines)


_JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["code", "number", "message", "locale", "more"]), _JSON))
def test_any_object_gets_an_answer(question: dict[str, Any]) -> None:
    """A cause that exists, or an error."""
    told = _one(question)
    assert told["cause"] in {"unknown", "not_ours", *LIBRARY.by_id}
    assert 0 <= told["confidence"] <= 1


class Dripping(io.RawIOBase):
    """Gives what it has in pieces of the size it was told, and keeps count of what was asked."""

    def __init__(self, data: bytes, size: int) -> None:
        """Hold the data."""
        self._data, self._size = io.BytesIO(data), size

    def read1(self, _: int) -> bytes:
        """Return the next piece."""
        return self._data.read(self._size)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_lines_come_out_whole_however_they_come_in(size: int) -> None:
    """A pipe cuts where it likes."""
    lines = [b"one", b"", b"three " * 20, b"four"]
    source: Any = Dripping(b"\n".join(lines), size)
    assert [line for batch in _batches(source) for line in batch] == lines


def test_arguments_are_one_question() -> None:
    """The number may be text, as a shell has nothing else."""
    (told,) = _asked("--number", "400196", "--locale", "en-us")
    assert told["cause"] == "guest-agent-unavailable"


def test_a_bad_number_is_bad_input() -> None:
    """It ends with 2 and names the option."""
    result = RUNNER.invoke(app, ["classify", "--number", "many"])
    assert result.exit_code == 2
    assert "--number: expected a whole number" in result.output


def test_people_get_a_sentence() -> None:
    """Cause, class, how sure, what first, how bold."""
    result = RUNNER.invoke(app, ["classify", "--code", "UserErrorGuestAgentStatusUnavailable"])
    assert result.stdout.startswith("guest-agent-unavailable (class auto, by code, 100% sure): ")
    assert result.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["InternalError"], "InternalError is a known code of many causes, its message decides"),
        (["OperationNotAllowed", "--message=x y z"], "no cause is known by this one; people take"),
        (["NobodyKnowsThis"], "unknown: nothing that is known stands in it; people take it on"),
        (["SQLRestoreFailedNew"], "a restore, or another workload; people take it on"),
        (["UserErrorKeyVaultPermissionsNotConfigured"], "people take it on, nothing is repaired"),
        (
            ["UserErrorRpCollectionLimitReached"],
            "the boldest rung that needs no approval: platform; guarded: only what the policy's",
        ),
        (["CopyingVHDsFromBackUpVaultTakingLongTime"], "one retry unasked"),
        (
            ["UserErrorGuestAgentStatusUnavailable"],
            "guest_config; only where the policy's opt_in names them: repair_agent_config",
        ),
    ],
)
def test_the_sentence_promises_no_more_than_happens(words: list[str], said: str) -> None:
    """What waits for people, for a message, or for the policy, is said to."""
    result = RUNNER.invoke(app, ["classify", *words])
    assert result.exit_code == 0
    assert said in result.stdout


def test_a_code_stands_alone_or_behind_its_option() -> None:
    """Not both: nobody could tell which is meant."""
    assert _asked("400196") == _asked("--code", "400196")
    result = RUNNER.invoke(app, ["classify", "A", "--code", "B"])
    assert (result.exit_code, "--code: expected nothing beside CODE" in result.stderr) == (2, True)


def test_keys_that_nobody_reads_are_named_and_the_others_answered() -> None:
    """As a job of Azure has them, and as people mistype them."""
    told = _one({"errorCode": 5, "Code": "x", "number": 400196})
    assert list(told) == ["error", *KEYS]
    assert told["error"] == (
        "unknown keys 'Code', 'errorCode': expected code, number, message or locale"
    )
    assert told["cause"] == "guest-agent-unavailable"
    assert _one({"errorTitle": "UserErrorVmNotFoundV2"}).items() >= NO_CAUSE.items()


def test_errors_are_in_plain_words() -> None:
    """Nothing of the reader's insides."""
    lines = (b"[" * 100_000, b'{"number": ' + b"9" * 5_000 + b"}", b"\xff", b'{"code"')
    told = [one["error"] for one in _asked(lines=b"\n".join(lines))]
    assert told[0] == "expected a JSON object: it is nested too deeply"
    assert told[1] == "expected a JSON object: a number in it has too many digits"
    assert told[2] == "expected a JSON object in UTF-8, got other bytes"
    assert told[3].startswith("expected a JSON object: it is broken at character 8 (")


def test_a_reader_that_has_enough_is_no_fault() -> None:
    """As `| head -1` has: no traceback, and 0."""
    code = "from local.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "classify", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b'{"number": 400196}\n')
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        process.stdin.write(b'{"number": 400196}\n' * 5_000)
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_an_override_is_tried_from_a_folder(tmp_path: Path) -> None:
    """Every valid file counts though no setting lists it, and stderr says so."""
    (tmp_path / "house-rule.yaml").write_text(ADDED, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("id: broken\n", encoding="utf-8")
    asked = ["classify", "HouseRule", "--json", "--overrides", str(tmp_path)]
    result = RUNNER.invoke(app, asked)
    assert json.loads(result.stdout)["cause"] == "house-rule"
    assert "house-rule.yaml (addition) counts here, whatever the settings list" in result.stderr
    assert "broken.yaml does not count:" in result.stderr
    assert "broken.yaml:1: " in result.stderr
    explained = RUNNER.invoke(app, ["explain", "HouseRule", "--overrides", str(tmp_path)])
    assert explained.stdout.startswith("house-rule: ")
    nowhere = RUNNER.invoke(app, ["classify", "A", "--overrides", str(tmp_path / "nowhere")])
    assert (nowhere.exit_code, "--overrides: expected a folder" in nowhere.stderr) == (2, True)


def test_it_starts_without_azure_and_without_the_api() -> None:
    """No part of Azure, storage or the web is loaded for it."""
    heavy = ("azure", "fastapi", "functions", "state", "local")
    code = (
        "import sys; from typer.testing import CliRunner; from console.cli import app\n"
        "CliRunner().invoke(app, ['classify', '--json'], input='{}')\n"
        f"print([one for one in {heavy!r} if one in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
