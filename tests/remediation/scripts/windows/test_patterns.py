"""The patterns of the Windows scripts, taken out of them and run over texts as guests print them.

Python's engine runs them, not .NET's: they keep to what both understand alike.
"""

import re

import pytest

from remediation.redact import redact
from tests.remediation.scripts.windows.syntax import (
    constant,
    functions,
    literals,
    said,
    source,
    tree,
)

WRITER = """
{name_label}: {quote}{name}{unquote}
   {id_label}: {{e8132975-6f93-4464-a53e-1050253ae220}}
   {instance_label}: {{8fc33a7f-0000-46f8-9c18-111111111111}}
   {state_label}: [{state}] {word}
   {error_label}: {error}
"""
# The labels of four display languages; the writer's own name is the same in all of them.
LANGUAGES = {
    "en": ("Writer name", "Writer Id", "Writer Instance Id", "State", "Last error", "''"),
    "de": (
        "Verfassername",
        "Verfasserkennung",
        "Verfasserinstanzkennung",
        "Status",
        "Letzter Fehler",
        '""',
    ),
    "ru": (
        "Имя компонента записи",
        "Id компонента записи",
        "Id экземпляра компонента записи",
        "Состояние",
        "Последняя ошибка",
        '""',
    ),
    "fr": (
        "Nom du rédacteur d'écriture",
        "Id du rédacteur",
        "Id d'instance du rédacteur",
        "État",
        "Dernière erreur",
        "«»",
    ),
}


def _writers(text: str) -> list[tuple[str, str, int]]:
    """Walk a text as the scripts do, with the scripts' own patterns."""
    name_of, id_of, state_of = (
        re.compile(pattern.replace(r"\z", r"\Z"))
        for pattern in literals(functions("inspect_guest")["Get-Writers"])
        if pattern and "r?" not in pattern
    )
    found: list[tuple[str, str, int]] = []
    name, ids = "", list[str]()
    for line in re.split(r"\r?\n", text):
        if named := name_of.search(line):
            name, ids = named[1], []
        elif given := id_of.search(line):
            ids.append(given[1].upper())
        elif len(ids) == 2 and (stands := state_of.search(line)):
            found.append((name.strip(), ids[0], int(stands[1])))
            ids = []
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_writers_are_read_in_any_display_language(language: str) -> None:
    """Ids and the number of the state carry the meaning, the words none."""
    labels = LANGUAGES[language]
    text = "vssadmin 1.1 - d'administration\r\n(C) 2001-2013\r\n" + "".join(
        WRITER.format(
            name_label=labels[0],
            id_label=labels[1],
            instance_label=labels[2],
            state_label=labels[3],
            error_label=labels[4],
            quote=labels[5][0],
            unquote=labels[5][1],
            name=name,
            state=state,
            word="?",
            error="?",
        )
        for name, state in (("System Writer", 1), ("MSMQ Writer (MSMQ)", 11))
    )

    assert _writers(text) == [
        ("System Writer", "E8132975-6F93-4464-A53E-1050253AE220", 1),
        ("MSMQ Writer (MSMQ)", "E8132975-6F93-4464-A53E-1050253AE220", 11),
    ]


def test_a_writer_whose_state_is_missing_is_not_taken_for_the_next_one() -> None:
    """A block that broke off gives nothing, and the next is read whole."""
    text = (
        "Writer name: 'Broken'\n   Writer Id: {a6ad56c2-b509-4e6c-bb19-49d8f43532f0}\n\n"
        "Writer name: 'Whole'\n   Writer Id: {4969d978-be47-48b0-b100-f328f07ac1e0}\n"
        "   Writer Instance Id: {4969d978-be47-48b0-b100-f328f07ac1e1}\n   State: [8] Failed\n"
    )

    assert _writers(text) == [("Whole", "4969D978-BE47-48B0-B100-F328F07AC1E0", 8)]


def test_an_error_instead_of_a_list_gives_no_writers() -> None:
    """Then the VSS service is what is broken, and no writer is said to be well."""
    assert _writers("Error: Unexpected failure: [0x80042302]\n") == []


def _cleaned(text: str) -> str:
    """Clean a text as the inspection does, with the inspection's own patterns in their order."""
    body = said(constant(tree("inspect_guest"), "$unwanted"))
    pairs = re.findall(r"^    '((?:[^']|'')+)' = '([^']*)'$", body, re.MULTILINE)
    assert len(pairs) >= 11
    for pattern, replacement in pairs:
        python = pattern.replace("''", "'").replace(r"\z", r"\Z")
        text = re.sub(python, re.sub(r"\$(\d)", r"\\g<\1>", replacement), text)
    return text.strip()


SECRET = "S3cr3tValue99"
KEY = "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeA=="


@pytest.mark.parametrize(
    "line",
    [
        f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={SECRET};EndpointSuffix=x",
        f"https://a.blob.core.windows.net/c/b?sv=2020&sig={SECRET}&se=2026",
        f"Authorization: Bearer {SECRET}abc",
        f"authorization={SECRET}",
        f'{{"password": "{SECRET} {SECRET}"}}',
        f'{{\\"client_secret\\": \\"{SECRET}\\"}}',
        f"pwd={SECRET}",
        f"x-api-key: {SECRET}",
        f"SharedAccessSignature={SECRET}",
        f'"protectedSettings": "{SECRET}"',
        f"https://user:{SECRET}@proxy.example:8080/",
        f"refresh_token={SECRET}",
        f"eyJhbGciOiJub25l.{SECRET}.x",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
        f"blob {KEY}",
    ],
)
def test_no_secret_leaves_the_guest(line: str) -> None:
    """A log's tail is evidence for people, not a way out for credentials."""
    cleaned = _cleaned(f"2026-11-21 10:00:00 {line}")

    assert SECRET not in cleaned
    assert KEY[:20] not in cleaned
    assert "[redacted]" in cleaned


@pytest.mark.parametrize(
    "line",
    [
        "[00000006] [11/14/2019 05:52:13.44] [INFO]  WindowsAzureGuestAgent starting. Version 2.7",
        r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot\1.0.75.0 loaded",
        "task 6f9619ff-8b86-d011-b42d-00c04fc964ff failed with 0x80042302",
        "System Writer [9], SqlServerWriter [8]",
    ],
)
def test_ordinary_lines_stay_as_they_are(line: str) -> None:
    """Evidence that was redacted away would be no evidence."""
    assert _cleaned(line) == line


def test_nothing_that_steers_a_terminal_is_left() -> None:
    """Escape sequences go whole; what is no plain letter becomes a question mark."""
    cleaned = _cleaned("a\x1b[31mred\x1b[0m\x1b]0;title\x07\x00b\r\n\r\n  c\x9bd \u202eevil\u00fc")

    assert cleaned == "ared b | c d ?evil?"
    assert cleaned == redact(cleaned)


def test_each_database_engine_is_known_by_its_service() -> None:
    """Names of services are the same in every language; helpers of an engine are not the engine."""
    (pattern,) = (
        text.replace(r"\z", r"\Z")
        for text in literals(functions("inspect_guest")["Read-BackupServices"])
        if "MSSQLSERVER" in text
    )
    engines = (
        "MSSQLSERVER",
        "MSSQL$PROD",
        "OracleServiceORCL",
        "MySQL80",
        "MariaDB",
        "postgresql-x64-16",
        "MongoDB",
        "mysql",
    )
    others = ("SQLWriter", "SQLBrowser", "SQLSERVERAGENT", "OracleOraDB19TNSListener", "MSSQL")

    assert all(re.search(pattern, name) for name in engines)
    assert not any(re.search(pattern, name) for name in others)


def test_the_line_is_cut_to_what_a_run_command_keeps() -> None:
    """Of 4,096 bytes that are kept, the line takes 3,900; tails of logs are cut first."""
    assert said(constant(tree("inspect_guest"), "$longest")) == "3900"
    body = said(functions("inspect_guest")["Write-Answer"])
    assert "while ($line.Length -gt $longest -and $findings.Count -gt 0)" in body
    assert "log_*" in body
    assert "$clean.Substring([Math]::Max(0, $clean.Length - 900))" in source("inspect_guest")
    assert "[Math]::Min(300, $clean.Length)" in source("inspect_guest")
