"""A document as values: layers from wide to narrow, what each sets, and on which line. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from remediation.policies.match import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The defaults (``match`` is None) or a scope: values by the policy's fields, with lines."""

    name: str = ""
    line: int = 1
    match: Match | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """How narrow it is; the defaults are wider than any scope."""
        return -1 if self.match is None or not self.match.names else self.match.width

    def origin(self, field: str) -> str:
        """Say where the layer sets the field."""
        where = "defaults" if self.match is None else f"scope {self.name}"
        return f"{where}, line {self.lines.get(field, self.line)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that was checked: ``layers`` from wide to narrow; ``digest`` is its SHA-256."""

    name: str
    digest: str
    layers: tuple[Layer, ...] = ()
