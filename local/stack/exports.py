"""The two lines that let the commands ask a local stack, ready to be pasted into a shell."""

import json
import shlex

from local.stack import person


def exports(host_url: str) -> tuple[str, str]:
    """Return the lines for the stack whose console is at ``host_url``."""
    headers = shlex.quote(json.dumps(person.headers()))
    return (
        f"export REMEDIATOR_API={shlex.quote(f'{host_url}/api')}",
        f"export REMEDIATOR_API_HEADERS={headers}",
    )
