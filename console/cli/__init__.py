"""The commands: they ask the API and lay out what it answers. Nothing is decided here."""

from console.cli.alarms import alarms
from console.cli.approvals import approve, deny
from console.cli.care import close, nudge, stuck
from console.cli.classify import classify
from console.cli.commands import app as app
from console.cli.explain import explain
from console.cli.export import audit_export as audit_export
from console.cli.health import health
from console.cli.link import link
from console.cli.pauses import pause, pauses, unpause
from console.cli.playbooks import app as playbooks
from console.cli.policy import app as policy
from console.cli.promote import promote
from console.cli.rejected import rejected
from console.cli.storms import storms
from console.cli.undelivered import discard, replay, undelivered
from console.cli.verify import audit_anchors as audit_anchors

app.command()(alarms)
app.command()(approve)
app.command()(classify)
app.command()(close)
app.command()(deny)
app.command()(discard)
app.command()(explain)
app.command()(health)
app.command()(link)
app.command()(nudge)
app.command()(pause)
app.command()(pauses)
app.command()(promote)
app.command()(rejected)
app.command()(replay)
app.command()(storms)
app.command()(stuck)
app.command()(undelivered)
app.command()(unpause)
app.add_typer(playbooks, name="playbooks")
app.add_typer(policy, name="policy")
