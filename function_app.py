"""The function app: registers the blueprints and holds ``app``. The worker looks for it here."""

import azure.functions as func

from functions import alerts, console, event_grid, queues, timers

app = func.FunctionApp()
# The alert door comes first: the console takes every path that nobody else does.
for blueprint in (
    alerts.blueprint,
    event_grid.blueprint,
    queues.blueprint,
    timers.blueprint,
    console.blueprint,
):
    app.register_functions(blueprint)
