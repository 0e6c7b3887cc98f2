"""The table of roles in infra/README.md: ``python -m tests.remediation.roles.page`` writes it."""

from pathlib import Path

from local.azure.http.access import ROLES
from remediation.repertoire import ACTIONS, STEP_ROLES
from remediation.roles import Role
from tests.remediation.roles.rbac import shipped

PAGE = Path(ROLES).parent / "README.md"
BEGIN, END = "<!-- roles.json -->\n", "<!-- /roles.json -->\n"


def table() -> str:
    """Return the table, with its marks."""
    head = "| role | actions | needed by |\n|---|---|---|\n"
    return "".join((BEGIN, head, *(_row(role) for role in Role), END))


def _row(role: Role) -> str:
    one = shipped()[role.value]
    actions = "<br>".join(f"`{entry}`" for entry in one["actions"])
    return f"| **{one['name']}** | {actions} | {_needed_by(role)} |\n"


def _needed_by(role: Role) -> str:
    """Return the actions that cannot be done without it."""
    if role is Role.READ:
        return "everything that looks, and `inspect_network`"
    proof = "the proof of every repair, " if role is Role.BACKUP else ""
    names = [
        f"`{name}`"
        for name, action in ACTIONS.items()
        if any(STEP_ROLES[step] is role for step in action.steps or action.all_steps)
    ]
    return proof + ", ".join(names)


def page(text: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    return before + table() + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
