"""The templates as a compiler would see them; there is none here, so this is as far as it goes."""

from pathlib import Path

import pycep
import pytest

from tests.infra import azure_types, linking
from tests.infra.reading import (
    MAIN,
    PARAMETERS,
    TEMPLATES,
    Resource,
    faults,
    modules,
    parameters,
    parsed,
    resources,
    source,
    value,
    variables,
)

EVERY = (*TEMPLATES, PARAMETERS)


def name(path: Path) -> str:
    """Name a case by its file."""
    return path.name


@pytest.mark.parametrize("path", EVERY, ids=name)
def test_both_parsers_read_every_file_without_an_error(path: Path) -> None:
    """Two grammars, written apart, see the same language."""
    assert not faults(source(path))
    assert pycep.BicepParser().parse(text=source(path))


def test_a_text_that_is_no_bicep_is_told_with_its_line() -> None:
    """The parser would notice."""
    assert faults("param a string\nresource x 'T@1' = {\n  name: \n}")[0].startswith("line ")


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_resource_is_as_microsofts_types_say(path: Path) -> None:
    """No unknown property, none that can only be read, none missing, no unknown word."""
    found = [fault for one in resources(path) for fault in azure_types.faults(one)]
    assert not found


def a_topic(body: str, kind: str = "Microsoft.EventGrid/topics@2025-02-15") -> Resource:
    """Return a resource as it would stand in a template."""
    root = parsed(f"var it = {{\n{body}\n}}")
    read = value(root.named_children[0].named_children[-1])
    assert isinstance(read, dict)
    made, _, version = kind.partition("@")
    return Resource(symbol="it", type=made, version=version, existing=False, body=read)


GOOD = "name: 'a'\nlocation: place\nproperties: {\n  inputSchema: 'CloudEventSchemaV1_0'\n}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (GOOD, None),
        (GOOD.replace("inputSchema", "inputScheme"), "it.properties.inputScheme: unknown property"),
        (GOOD.replace("V1_0'", "V2_0'"), "it.properties.inputSchema: expected"),
        (GOOD.replace("location: place\n", ""), "it.location: is required"),
        (
            GOOD.replace("'CloudEventSchemaV1_0'", "c ? 1 : 'x'"),
            "it.properties.inputSchema: expected",
        ),
        (GOOD + "\nid: 'x'", "it.id: can only be read"),
        (GOOD + "\ntags: []", "it.tags: expected"),
        (GOOD + "\nidentity: {\n  type: 'Nobody'\n}", "it.identity.type: expected"),
    ],
)
def test_the_check_sees_what_does_not_fit(body: str, said: str | None) -> None:
    """A check that never fails checks nothing."""
    found = azure_types.faults(a_topic(body))
    assert [one for one in found if said is None or not one.startswith(said)] == []
    assert bool(found) is (said is not None)


def test_the_check_knows_which_of_several_forms_an_object_has() -> None:
    """A dead-letter destination of another kind has other properties."""
    kind = "Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15"
    inner = "deadLetterDestination: {\n    endpointType: 'KIND'\n  }"
    form = f"parent: t\nname: 'a'\nproperties: {{\n  {inner}\n}}"
    assert not azure_types.faults(a_topic(form.replace("KIND", "StorageBlob"), kind))
    assert "expected one of StorageBlob" in azure_types.faults(a_topic(form, kind))[0]


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_name_is_declared_and_every_declaration_used(path: Path) -> None:
    """What a linter would say."""
    assert not linking.undeclared(path)
    assert not linking.unused(path)
    assert linking.calls(path) <= linking.FUNCTIONS


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_modules_get_what_they_need_and_give_what_is_taken(path: Path) -> None:
    """Parameters of a call exist and are there; outputs and properties that are read exist."""
    assert not linking.call_faults(path)
    assert not linking.chain_faults(path)


def test_the_links_are_looked_at(tmp_path: Path) -> None:
    """A misspelt name, a property that is not there, and an output that nobody gives are seen."""
    (tmp_path / "part.bicep").write_text("param a string\noutput b string = a\n")
    whole = tmp_path / "whole.bicep"
    whole.write_text(
        "param spare int\n"
        "module part 'part.bicep' = {\n  name: nmae\n  params: {\n    c: 1\n  }\n}\n"
        "resource t 'Microsoft.EventGrid/topics@2025-02-15' existing = {\n  name: 'x'\n}\n"
        "output o string = '${part.outputs.d}${t.properties.adress}${uniqeString(t.id)}'\n"
    )
    assert linking.undeclared(whole) == {"nmae"}
    assert linking.unused(whole) == {"spare"}
    assert linking.call_faults(whole) == ["part.a: is required", "part.c: unknown"]
    assert [one.split(":")[0] for one in linking.chain_faults(whole)] == [
        "part.outputs.d",
        "t.properties.adress",
    ]
    assert linking.calls(whole) - linking.FUNCTIONS == {"uniqeString"}


def test_every_module_is_called_by_somebody() -> None:
    """No file that nothing deploys."""
    called = {(path.parent / one.path).resolve() for path in TEMPLATES for one in modules(path)}
    assert called == {path.resolve() for path in TEMPLATES if path != MAIN}


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_parameter_says_what_it_is(path: Path) -> None:
    """The portal and `az` show these sentences; a number has its least and its most."""
    for one in parameters(path).values():
        assert "description" in one.rules, one.name
        if one.type == "int":
            assert "allowed" in one.rules or {"minValue", "maxValue"} <= one.rules.keys(), one.name


def test_the_parameter_file_explains_every_knob() -> None:
    """Each parameter of the template stands there, below a comment, with the template's default."""
    given, known = variables(PARAMETERS), parameters(MAIN)
    assert given.keys() == known.keys()
    lines = PARAMETERS.read_text("utf-8").splitlines()
    for place, line in enumerate(lines):
        if line.startswith("param ") and "delivery" not in line:
            assert lines[place - 1].startswith("// "), line
    plain = {key: one for key, one in given.items() if "readEnvironmentVariable" not in str(one)}
    assert plain == {key: known[key].default for key in plain}


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_default_is_one_of_the_values_that_are_allowed(path: Path) -> None:
    """A template that refuses its own default cannot be deployed."""
    for one in parameters(path).values():
        if not one.has_default:
            continue
        allowed = one.rules.get("allowed")
        given = one.default if isinstance(one.default, list) else [one.default]
        if isinstance(allowed, list):
            assert all(item in allowed for item in given), one.name
        if isinstance(one.default, int) and isinstance(least := one.rules.get("minValue"), int):
            most = one.rules["maxValue"]
            assert isinstance(most, int)
            assert least <= one.default <= most, one.name


@pytest.mark.parametrize("path", sorted(set(TEMPLATES) - {MAIN}), ids=name)
def test_a_module_has_the_limits_that_the_template_has(path: Path) -> None:
    """A limit that is raised in one place only would refuse what the other allows."""
    top = parameters(MAIN)
    for caller in modules(MAIN):
        if (MAIN.parent / caller.path).resolve() != path.resolve():
            continue
        given = caller.body["params"]
        assert isinstance(given, dict)
        for inner, outer in given.items():
            source_name = getattr(outer, "text", "")
            if source_name in top:
                rules = {"allowed", "minValue", "maxValue"}
                mine = parameters(path)[inner].rules
                assert {k: v for k, v in mine.items() if k in rules} == {
                    k: v for k, v in top[source_name].rules.items() if k in rules
                }, inner


def test_no_template_holds_an_address_or_id_of_somebodys_tenant() -> None:
    """What is deployed is the same everywhere; ids are those of built-in roles and Azure CLI."""
    for path in EVERY:
        assert "onmicrosoft" not in path.read_text("utf-8"), path
