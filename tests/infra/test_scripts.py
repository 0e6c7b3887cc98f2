"""The scripts beside the templates, run with an `az` and a `curl` that note what they are asked."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from functions.topic import SOURCE
from remediation.bundle import TYPES
from remediation.incident import Door
from remediation.intake import EVENT_TYPE, from_alert
from remediation.messages import FailureReported
from tests.infra.reading import INFRA, PARAMETERS

SCRIPTS = sorted((INFRA / "scripts").glob("*.sh"))
ROLES = json.loads((INFRA / "roles.json").read_text("utf-8"))
ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
VAULT = f"/subscriptions/{ONE}/resourceGroups/rg-rsv/providers/Microsoft.RecoveryServices/vaults/v"
VM = f"/subscriptions/{ONE}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/vm01"
BASH = shutil.which("bash") or "bash"

# Answers with the first text whose parts (by `+`) all stand in the command line, or with nothing.
PROGRAM = """#!{python}
import json, sys
from pathlib import Path
here = Path(__file__).parent
words = sys.argv[1:]
told = {{"program": Path(sys.argv[0]).name, "words": words}}
if "--data-binary" in words:
    told["body"] = sys.stdin.read()
    told["config"] = Path(words[words.index("--config") + 1]).read_text()
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(told) + "\\n")
for wanted, answer in json.loads((here / "answers").read_text()):
    if all(one in " ".join(words) for one in wanted.split(" + ")):
        if answer is None:
            sys.exit(3)
        print(answer)
        break
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a script printed and asked."""

    code: int
    out: list[str]
    err: str
    calls: list[dict[str, object]] = field(default_factory=list)

    def lines(self, *words: str) -> list[str]:
        """Return the command lines that hold all of these words."""
        said = [
            " ".join(map(str, one["words"])) for one in self.calls if isinstance(one["words"], list)
        ]
        return [one for one in said if all(word in one for word in words)]


def run(
    folder: Path,
    script: str,
    *words: str,
    answers: list[tuple[str, str | None]],
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run a script with programs of its own on the path."""
    for program in ("az", "curl"):
        path = folder / program
        path.write_text(PROGRAM.format(python=sys.executable))
        path.chmod(0o755)
    (folder / "answers").write_text(json.dumps(answers))
    done = subprocess.run(
        [BASH, INFRA / "scripts" / script, *words],
        env={"PATH": f"{folder}:{os.environ['PATH']}", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    calls = folder / "calls"
    told = calls.read_text().splitlines() if calls.exists() else []
    return Ran(
        code=done.returncode,
        out=done.stdout.splitlines(),
        err=done.stderr,
        calls=[json.loads(one) for one in told],
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_clean_for_shellcheck(script: Path) -> None:
    """Quoting faults are found before they meet a name with a space."""
    checker = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert checker is not None, "shellcheck comes with the development dependencies"
    done = subprocess.run([checker, script], capture_output=True, text=True, check=False)
    assert not done.stdout
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_without_arguments_changes_nothing_and_says_how_it_is_called(
    script: Path, tmp_path: Path
) -> None:
    """A slip of the finger is harmless."""
    ran = run(tmp_path, script.name, answers=[])
    assert ran.code == 2
    assert script.name in ran.err
    assert not ran.calls


VAULTS: list[tuple[str, str | None]] = [
    (f"resource list + {ONE}", f"{VAULT}1\n{VAULT}2"),
    ("method get + vaults/v1 + --output tsv", "Enabled"),
    ("method get + vaults/v2 + --output tsv", "Disabled"),
    ("method get + vaults/v2 + --output json", '{"properties": {}}'),
]


def test_vault_alerts_only_looks_unless_told_to_change(tmp_path: Path) -> None:
    """It says which vaults raise no alert."""
    ran = run(tmp_path, "vault-alerts.sh", ONE, TWO, answers=VAULTS)
    assert ran.code == 0, ran.err
    assert [one.split()[0] for one in ran.out] == ["on", "off", "none"]
    assert not ran.lines("patch")


def test_vault_alerts_patches_a_vault_whose_alerts_are_off_and_no_other(tmp_path: Path) -> None:
    """One setting of one vault, with what the vault said of the others beside it."""
    ran = run(tmp_path, "vault-alerts.sh", "--apply", ONE, answers=VAULTS)
    assert ran.code == 0, ran.err
    (sent,) = ran.lines("patch")
    assert f"--url {VAULT}2?api-version=" in sent
    assert '--body {"properties": {}}' in sent
    assert [one.split()[0] for one in ran.out] == ["on", "turned"]


def test_vault_alerts_stops_where_azure_refuses(tmp_path: Path) -> None:
    """A vault that could not be changed is not passed over in silence."""
    refused: list[tuple[str, str | None]] = [("method patch", None), *VAULTS]
    ran = run(tmp_path, "vault-alerts.sh", "--apply", ONE, answers=refused)
    assert ran.code == 3
    assert not [one for one in ran.out if one.startswith("turned")]


GROUPS: list[tuple[str, str | None]] = [
    ("identity list + rg-x + 'locks'", "principal-of-locks"),
    (f"group list + {ONE} + 'AzureBackupRG_'", "/subscriptions/1/resourceGroups/AzureBackupRG_a_1"),
]


def test_backup_groups_only_lists_unless_told_to_assign(tmp_path: Path) -> None:
    """It names the groups, and those subscriptions that have none."""
    words = ["--in", "rg-x", "--role", "locks", ONE, TWO]
    ran = run(tmp_path, "backup-groups.sh", *words, answers=GROUPS)
    assert ran.code == 0, ran.err
    assert [one.split()[0] for one in ran.out] == ["would", "none"]
    assert not ran.lines("role assignment")


@pytest.mark.parametrize("deed", ["create", "delete"])
def test_backup_groups_assigns_on_a_group_and_never_on_a_subscription(
    deed: str, tmp_path: Path
) -> None:
    """And takes it away in the same way."""
    flag = "--apply" if deed == "create" else "--remove"
    words = ["--in", "rg-x", "--role", "locks", "--suffix", " (test)", flag, ONE]
    ran = run(tmp_path, "backup-groups.sh", *words, answers=GROUPS)
    assert ran.code == 0, ran.err
    (sent,) = ran.lines("role assignment")
    assert sent.startswith(f"role assignment {deed} ")
    assert "principal-of-locks" in sent
    assert f"--role {ROLES['locks']['name']} (test) " in sent
    assert "--scope /subscriptions/1/resourceGroups/AzureBackupRG_a_1" in sent


@pytest.mark.parametrize("role", sorted(ROLES))
def test_backup_groups_knows_the_roles_that_belong_on_groups(role: str, tmp_path: Path) -> None:
    """By the names in the role file; another role is refused."""
    answers: list[tuple[str, str | None]] = [("identity list", "someone"), ("group list", "/g")]
    words = ["--in", "rg-x", "--role", role, "--apply", ONE]
    ran = run(tmp_path, "backup-groups.sh", *words, answers=answers)
    if ROLES[role]["scope"] == "backupGroup":
        assert ran.lines("role assignment create", f"--role {ROLES[role]['name']} --scope")
    else:
        assert ran.code == 2
        assert not ran.calls


def test_backup_groups_says_that_there_is_no_identity(tmp_path: Path) -> None:
    """The wrong resource group is the likeliest mistake."""
    ran = run(tmp_path, "backup-groups.sh", "--in", "rg-y", "--role", "locks", ONE, answers=[])
    assert ran.code == 1
    assert "rg-y" in ran.err


SIGNED: list[tuple[str, str | None]] = [
    ("functionapp list", "func-x.azurewebsites.net"),
    ("identity list", "principal-of-home"),
    ("account show", "the-tenant"),
    ("ad app create", "the-app"),
]

CHANGING = ("create", "update", "--method patch")


def test_sign_in_makes_a_registration_without_a_secret(tmp_path: Path) -> None:
    """Its trust is the app's identity; whoever has no role does not get in."""
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", answers=SIGNED)
    assert ran.code == 0, ran.err
    assert ran.out == ["the-app"]
    (made,) = ran.lines("federated-credential create")
    assert '"subject": "principal-of-home"' in made
    assert "login.microsoftonline.com/the-tenant/v2.0" in made
    (updated,) = ran.lines("ad app update")
    assert "https://func-x.azurewebsites.net/.auth/login/aad/callback" in updated
    assert f"--app-roles @{INFRA / 'app-roles.json'}" in updated
    assert ran.lines('{"appRoleAssignmentRequired": true}')
    assert not ran.lines("credential reset")


def test_every_body_that_sign_in_sends_is_json(tmp_path: Path) -> None:
    """Quotes in shell scripts are where such things break."""
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", answers=SIGNED)
    bodies = [
        words[words.index(flag) + 1]
        for one in ran.calls
        if isinstance(words := one["words"], list)
        for flag in ("--body", "--parameters")
        if flag in words
    ]
    assert len(list(map(json.loads, bodies))) == 4


def test_sign_in_run_again_updates_what_is_there(tmp_path: Path) -> None:
    """It makes no second registration and no second credential."""
    known: list[tuple[str, str | None]] = [
        ("ad app list", "the-app"),
        ("ad app show", "the-scope"),
        ("federated-credential list", "credential-1"),
        *SIGNED,
    ]
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", answers=known)
    assert ran.code == 0, ran.err
    assert not ran.lines("ad app create")
    assert not ran.lines("ad sp create")
    assert not ran.lines("federated-credential create")
    assert ran.lines("federated-credential update", "credential-1")


def test_sign_in_leaves_an_application_of_that_name_alone_that_is_not_its_own(
    tmp_path: Path,
) -> None:
    """Names are not unique: taking it over would give it roles, an address and our trust."""
    foreign = [("ad app list", "their-app"), *SIGNED]
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", answers=foreign)
    assert ran.code == 1
    assert "their-app" in ran.err
    assert not ran.out
    (asked,) = ran.lines("ad app show --id their-app")
    assert "9d1f4a0e-51c4-4c0b-8a1b-6f4f5d0b7c10" in asked
    assert "https://func-x.azurewebsites.net/.auth/login/aad/callback" in asked
    assert not [one for word in CHANGING for one in ran.lines(word)]


def test_sign_in_takes_its_own_application_by_the_trust_in_the_apps_identity(
    tmp_path: Path,
) -> None:
    """Where its scope was removed by hand."""
    trusted: list[tuple[str, str | None]] = [
        ("ad app list", "the-app"),
        ("federated-credential list + principal-of-home", "credential-1"),
        *SIGNED,
    ]
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", answers=trusted)
    assert ran.code == 0, ran.err
    assert not ran.lines("ad app create")


def test_sign_in_does_not_choose_between_two_applications(tmp_path: Path) -> None:
    """It names them."""
    two = [("ad app list", "one-app\nother-app"), *SIGNED]
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", answers=two)
    assert ran.code == 1
    assert "one-app\nother-app" in ran.err
    assert not [one for word in CHANGING for one in ran.lines(word)]


def test_a_quote_in_the_name_stays_in_the_name(tmp_path: Path) -> None:
    """A filter doubles it."""
    name = "Ada's ' or 'a' eq 'a"
    ran = run(tmp_path, "sign-in.sh", "--in", "rg-x", "--name", name, answers=SIGNED)
    assert ran.code == 0, ran.err
    assert ran.lines("displayName eq 'Ada''s '' or ''a'' eq ''a'")
    assert ran.lines(f"ad app create --display-name {name} ")


def test_the_test_alert_is_what_the_alert_door_takes(tmp_path: Path) -> None:
    """The door's own reader finds job, vault and machine in it."""
    answers: list[tuple[str, str | None]] = [
        ("functionapp list", "func-x"),
        ("functionapp show", "func-x.azurewebsites.net"),
        ("keys list + on_alert", "the-key"),
    ]
    words = ["--in", "rg-x", "--vault", VAULT, "--vm", VM, "--job", TWO]
    ran = run(tmp_path, "test-alert.sh", *words, answers=answers)
    assert ran.code == 0, ran.err
    (sent,) = [one for one in ran.calls if one["program"] == "curl"]
    taken = from_alert(str(sent["body"]).encode(), frozenset({ONE}))
    assert isinstance(taken, FailureReported)
    assert taken.door is Door.ALERT
    assert taken.job.job == TWO
    assert str(taken.item).lower() == VM.lower()
    assert sent["config"] == 'header = "x-functions-key: the-key"\n'
    assert not ran.lines("the-key")
    assert ran.lines("https://func-x.azurewebsites.net/api/alerts")


def test_the_test_notice_is_an_event_that_people_hear_and_the_intake_does_not(
    tmp_path: Path,
) -> None:
    """Of a published kind, with what every notice has, and with no token on a command line."""
    answers: list[tuple[str, str | None]] = [
        ("topic list + rg-x", "https://evgt-x.example/api/events"),
        ("get-access-token + https://eventgrid.azure.net", "the-token"),
    ]
    ran = run(tmp_path, "test-notice.sh", "--in", "rg-x", answers=answers)
    assert ran.code == 0, ran.err
    (sent,) = [one for one in ran.calls if one["program"] == "curl"]
    event = json.loads(str(sent["body"]))
    assert event["type"] in TYPES.values()
    assert event["type"] != EVENT_TYPE
    assert event["source"] == SOURCE
    assert event["id"] == event["data"]["key"]
    assert event["data"].keys() == {"key", "kind", "reason", "next"}
    assert sent["config"] == 'header = "authorization: Bearer the-token"\n'
    assert not ran.lines("the-token")
    assert ran.lines("https://evgt-x.example/api/events?api-version=2018-01-01")


def test_the_test_notice_says_that_there_is_no_topic(tmp_path: Path) -> None:
    """Nothing is sent to nowhere."""
    ran = run(tmp_path, "test-notice.sh", "--in", "rg-y", answers=[])
    assert ran.code == 1
    assert "rg-y" in ran.err
    assert not [one for one in ran.calls if one["program"] == "curl"]


def an_environment(folder: Path, **values: str | None) -> Path:
    """Write a file with every variable that the template reads; None leaves one out."""
    read = re.findall(r"readEnvironmentVariable\('(\w+)'", PARAMETERS.read_text("utf-8"))
    known: dict[str, str | None] = dict.fromkeys(read, "")
    known |= {
        "AZURE_ENV_NAME": "fleet",
        "AZURE_LOCATION": "westeurope",
        "AZURE_SUBSCRIPTION_ID": ONE,
        "BACKUP_SUBSCRIPTIONS": f"{ONE},{TWO}",
        **values,
    }
    path = folder / "deploy.env"
    path.write_text("".join(f"{name}={one}\n" for name, one in known.items() if one is not None))
    return path


@pytest.mark.parametrize(("deed", "words"), [("create", ()), ("what-if", ("what-if",))])
def test_deploy_sends_the_template_with_the_values_of_the_file(
    deed: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    """To the subscription that the file names, whatever `az` stands at."""
    ran = run(tmp_path, "deploy.sh", str(an_environment(tmp_path)), *words, answers=[])
    assert ran.code == 0, ran.err
    (sent,) = ran.lines("deployment sub")
    assert sent.startswith(f"deployment sub {deed} --subscription {ONE} --name fleet ")
    assert f"--parameters {PARAMETERS}" in sent


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"CONNECT_ALERTS": None}, "CONNECT_ALERTS is missing"),
        ({"REMEDIATOR_MODE": None}, "REMEDIATOR_MODE is missing"),
        ({"BACKUP_SUBSCRIPTIONS": ""}, "BACKUP_SUBSCRIPTIONS: expected a value"),
    ],
)
def test_deploy_stops_where_a_deployment_would_reset_a_value(
    values: dict[str, str | None], said: str, tmp_path: Path
) -> None:
    """Also where the shell has it: the next shell has not."""
    path = an_environment(tmp_path, **values)
    outside = dict.fromkeys(values, "set-in-the-shell")
    ran = run(tmp_path, "deploy.sh", str(path), answers=[], environment=outside)
    assert ran.code == 1
    assert said in ran.err
    assert not ran.calls


def test_deploy_prints_what_was_made_for_a_shell(tmp_path: Path) -> None:
    """In capitals, however Azure writes them; a value with a space or a quote stays one."""
    made = json.dumps(
        {
            "resourcE_GROUP": {"type": "String", "value": "rg-fleet"},
            "SUBSCRIPTIONS": {"type": "String", "value": f"{ONE} {TWO}"},
            "ROLE_NAME_SUFFIX": {"type": "String", "value": " (Ada's)"},
        }
    )
    path = an_environment(tmp_path)
    ran = run(tmp_path, "deploy.sh", str(path), "names", answers=[("sub show", made)])
    assert ran.code == 0, ran.err
    script = "\n".join(
        [*ran.out, 'printf "%s|" "$RESOURCE_GROUP" "$ROLE_NAME_SUFFIX" $SUBSCRIPTIONS']
    )
    told = subprocess.run([BASH, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout == f"rg-fleet| (Ada's)|{ONE}|{TWO}|"


def test_the_page_shows_a_file_with_every_value_that_deploy_wants() -> None:
    """Whoever copies it has nothing to guess."""
    page = (INFRA.parent / "docs/deploying.md").read_text("utf-8")
    (shown,) = re.findall(r"cat > deploy.env <<'END'\n(.*?)\nEND", page, re.DOTALL)
    names = {line.partition("=")[0] for line in shown.splitlines()}
    assert names == set(
        re.findall(r"readEnvironmentVariable\('(\w+)'", PARAMETERS.read_text("utf-8"))
    )


REMOVED: list[tuple[str, str | None]] = [
    ("identity list + [].principalId", "p-1\np-2"),
    ("identity list + backup-remediator-role", "p-3"),
    (f"group exists + {ONE}", "true"),
    ("group exists", "false"),
    (f"assignment list + {ONE} + p-1", f"/subscriptions/{ONE}/assignments/a"),
    ("group list", "/subscriptions/1/resourceGroups/AzureBackupRG_a_1"),
    ("definition list + Backup Remediator Guest (test) --query", "guid-of-guest"),
]


def test_remove_only_lists_unless_told_to(tmp_path: Path) -> None:
    """It names what it would take away."""
    words = ["--in", "rg-x", "--suffix", " (test)", ONE, TWO]
    ran = run(tmp_path, "remove.sh", *words, answers=REMOVED)
    assert ran.code == 0, ran.err
    assert {one.split()[0] for one in ran.out} == {"would"}
    assert not ran.lines(" delete ")


def test_remove_takes_away_what_is_outside_the_group(tmp_path: Path) -> None:
    """Alert rules, assignments on subscriptions and on backup groups, and the roles themselves."""
    words = ["--in", "rg-x", "--suffix", " (test)", "--apply", ONE, TWO]
    ran = run(tmp_path, "remove.sh", *words, answers=REMOVED)
    assert ran.code == 0, ran.err
    (group,) = ran.lines("group delete")
    assert f"--subscription {ONE} --name rg-x-alerts --yes" in group
    assert ran.lines("assignment delete --ids", f"/subscriptions/{ONE}/assignments/a")
    assert ran.lines("assignment delete --assignee p-3", f"{ROLES['locks']['name']} (test)")
    assert ran.lines("assignment delete --assignee p-3", f"{ROLES['destructive']['name']} (test)")
    assert ran.lines("definition delete") == ["role definition delete --name guid-of-guest"]


def test_remove_asks_for_roles_by_their_whole_names(tmp_path: Path) -> None:
    """Another environment's roles begin alike."""
    ran = run(tmp_path, "remove.sh", "--in", "rg-x", "--suffix", " (b)", ONE, answers=REMOVED)
    asked = [one.partition(" --name ")[2] for one in ran.lines("definition list")]
    wanted = {f"{one['name']} (b) --query [].name --output tsv" for one in ROLES.values()}
    assert set(asked) == wanted


def test_remove_says_that_there_is_nobody(tmp_path: Path) -> None:
    """Once the group is gone nothing says what was its own."""
    ran = run(tmp_path, "remove.sh", "--in", "rg-y", "--apply", ONE, answers=[])
    assert ran.code == 1
    assert "rg-y" in ran.err
    assert not ran.lines(" delete ")
