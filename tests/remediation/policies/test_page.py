"""``docs/policy.md`` and the JSON schema say what the code does; what they show can be read."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from remediation.policies.document import PolicyFault, read_document
from remediation.policies.keys import KEYS, SETTINGS_ONLY, Kind
from remediation.policies.shown import plain
from remediation.policy import Policy
from remediation.settings import SETTINGS
from remediation.windows import read_window
from tests.remediation.policies.policy_page import PAGE, page
from tests.remediation.policies.policy_schema import FILE, text
from tests.remediation.policies.test_document import FULL

VALIDATOR = jsonschema.Draft202012Validator(json.loads(text()))


def test_the_page_of_the_policy_is_what_the_code_says() -> None:
    """Write it again with: python -m tests.remediation.policies.policy_page."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_published_schema_is_what_the_code_says() -> None:
    """Write it again with: python -m tests.remediation.policies.policy_schema."""
    assert FILE.read_text(encoding="utf-8") == text()


def test_every_setting_of_the_policy_is_a_key_or_a_setting_only() -> None:
    """Nothing is forgotten, and nothing stands there that nobody obeys."""
    assert set(KEYS) | SETTINGS_ONLY == set(SETTINGS)
    assert len({key.path for key in KEYS.values()}) == len(KEYS)
    for key in KEYS.values():
        assert f"| `{key.name}` |" in page()


def test_every_example_on_the_page_is_a_sound_document() -> None:
    """People copy them."""
    examples = re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)
    assert examples
    for one in examples:
        assert read_document(one.encode(), "policy.md").layers


def test_every_window_on_the_page_can_be_read() -> None:
    """In a list, and in a tag."""
    found = set(re.findall(r"\b[a-z,]+ \d\d:\d\d-\d\d:\d\d [A-Z]\w+/\w+", page()))
    assert found
    for one in found:
        assert read_window(one).text == one


@pytest.mark.parametrize("field", sorted(KEYS))
def test_every_default_on_the_page_may_stand_in_a_document(field: str) -> None:
    """And means the default."""
    key = KEYS[field]
    default = getattr(Policy(), field)
    shown = plain(default)
    inner: Any = list(shown) if key.kind is Kind.LIST and isinstance(shown, tuple) else shown
    values: dict[str, Any] = {key.name: inner}
    tree = {"version": 1, "defaults": values if key.group is None else {key.group: values}}
    VALIDATOR.validate(tree)
    (layer,) = read_document(yaml.safe_dump(tree).encode(), "p.yaml").layers
    assert layer.values == {field: default}


@pytest.mark.parametrize(
    "body",
    [
        "defaults: {mood: auto}",
        "defaults: {mode: brave}",
        "defaults: {limits: {attempts: -1}}",
        "defaults: {limits: {attempts: '3'}}",
        "defaults: {limits: {cool_down: 6h}}",
        "defaults: {opt_in: [format_disk]}",
        "defaults: {windows: ['sat 22:00-04:00']}",
        "scopes: [{name: a, match: {}, mode: auto}]",
        "scopes: [{name: a, match: {vault: v}}]",
        "scopes: [{name: a, match: {region: w}, mode: auto}]",
        "scopes: [{name: a, match: {vault: v}, tags: {risk_tag: r}}]",
    ],
)
def test_what_the_schema_refuses_the_reader_refuses_too(body: str) -> None:
    """An editor shows no fault that is none."""
    document = f"version: 1\n{body}"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(yaml.safe_load(document))
    with pytest.raises(PolicyFault):
        read_document(document.encode(), "p.yaml")


def test_the_schema_takes_what_the_reader_takes() -> None:
    """A whole document, as it is written."""
    body = FULL.replace("closed_dates: [2026-12-24,", 'closed_dates: ["2026-12-24",')
    VALIDATOR.validate(yaml.safe_load(f"version: 1\n{body}"))
