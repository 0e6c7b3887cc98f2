"""``storms``: where many machines fail together, and what is done about it."""

from rich.console import RenderableType
from rich.table import Table

from console.cli import layout
from console.cli.asking import Ask, asking
from console.cli.client import Tree


@asking
def storms(ask: Ask) -> None:
    """List storms, the newest first: what many machines that fail have in common."""
    ask.show(ask.api.get("/storms"), _laid_out)


def _laid_out(items: list[Tree]) -> RenderableType:
    if not items:
        return layout.text("no storm")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("storm", no_wrap=True)
    for name in ("state", "in", "opened", "last failure", "machines", "held", "running"):
        table.add_column(name)
    table.add_column("what is done", ratio=1)
    for one in items:
        texts = (
            one["storm"],
            one["state"],
            f"{one['scope']['kind'].replace('_', ' ')} {one['scope']['name'].rpartition('/')[2]}",
            layout.moment(one["opened_at"]),
            layout.moment(one["last_failure_at"]),
            one["items"],
            one["held"],
            one["running"],
            one["doing"],
        )
        table.add_row(*map(layout.text, texts))
    return table
