"""What Event Grid delivers where in the local stack.

Three quarters of the failures take the default way, the queue; one quarter is pushed to the Event
Grid trigger, so that both doors are in use. Everything else the topic carries is for people and
their automation: it goes to a queue where somebody can look.
"""

from typing import Any

from local.host.event_grid import PATH

EVENTS_QUEUE = "backup-events"
WAKEUPS_QUEUE = "wakeups"
ESCALATIONS_QUEUE = "escalations"
QUEUES = (EVENTS_QUEUE, WAKEUPS_QUEUE, ESCALATIONS_QUEUE)
DEAD_LETTERS = "dead-letters"
FAILED = "BackupRemediator.BackupJobFailed.v1"
NOTICES = ("BackupRemediator.IncidentEscalated.v1",)
PUSH_FUNCTION = "on_event_grid"
QUEUE_SHARE = 0.75


def subscriptions(*, host_url: str, host_key: str, push: bool) -> dict[str, dict[str, Any]]:
    """Return the subscriptions by name; without ``push`` the queue takes all failures."""
    webhook = f"{host_url}{PATH}?functionName={PUSH_FUNCTION}&code={host_key}"
    queued: dict[str, Any] = {
        "queue": EVENTS_QUEUE,
        "types": [FAILED],
        "share": [0, QUEUE_SHARE if push else 1],
        "dead_letter_container": DEAD_LETTERS,
    }
    pushed: dict[str, Any] = {
        "webhook": webhook,
        "types": [FAILED],
        "share": [QUEUE_SHARE, 1],
        "dead_letter_container": DEAD_LETTERS,
    }
    notices: dict[str, Any] = {
        "queue": ESCALATIONS_QUEUE,
        "types": list(NOTICES),
        "dead_letter_container": DEAD_LETTERS,
    }
    found = {"failures-to-queue": queued, "notices": notices}
    return {**found, "failures-pushed": pushed} if push else found
