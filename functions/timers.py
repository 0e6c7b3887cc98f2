"""Timers: the sweep every half hour, the upkeep of the audit trail every hour.

Each notes when its run ended, and tells of the other where that is silent.
"""

import logging

import azure.functions as func

from functions.gateway import services
from remediation.runs import Timer

blueprint = func.Blueprint()
_LOG = logging.getLogger("remediator.sweep")


@blueprint.function_name("sweep")
@blueprint.timer_trigger(arg_name="timer", schedule="0 */30 * * * *", run_on_startup=False)
def sweep(timer: func.TimerRequest) -> None:
    """Sweep once, and say what could not be done."""
    swept = services().sweep.run()
    _LOG.info("%s%s", swept, " (late)" if timer.past_due else "")
    for fault in swept.faults:
        _LOG.warning("the sweep could not do a part: %s", fault)
    services().runs.ended(Timer.SWEEP, swept.faults)


@blueprint.function_name("upkeep")
@blueprint.timer_trigger(arg_name="timer", schedule="0 20 * * * *", run_on_startup=False)
def upkeep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger needs it
    """Anchor the heads of all chains, once a day, then remove what was kept for long enough."""
    kept = services().housekeeping.run()
    if kept.anchor is not None:
        _LOG.info("anchored %s", kept.anchor)
    if kept.removed:
        _LOG.info("removed the records of %s incidents", kept.removed)
    for fault in kept.faults:
        _LOG.warning("the upkeep could not do a part: %s", fault)
    services().runs.ended(Timer.UPKEEP, kept.faults)
