"""The commands: they ask the API and lay out what it answers. Nothing is decided here."""

from console.cli.commands import app as app
