"""The local person."""

import base64
import json

from local.stack import person


def test_the_headers_make_a_person_with_all_roles() -> None:
    """As App Service authentication writes them."""
    headers = person.headers()
    principal = json.loads(base64.b64decode(headers["X-MS-CLIENT-PRINCIPAL"]))
    roles = {one["val"] for one in principal["claims"] if one["typ"] == principal["role_typ"]}
    assert roles == {"Reader", "Operator", "Approver"}
    [name] = [one["val"] for one in principal["claims"] if one["typ"] == principal["name_typ"]]
    assert name == headers["X-MS-CLIENT-PRINCIPAL-NAME"]
    assert headers["X-MS-CLIENT-PRINCIPAL-ID"]
