"""A function app with one function a trigger, which writes what it saw as JSON lines to a file.

The file is named by the setting ``SAMPLE_SEEN``. It imports nothing of the project.
"""

import json
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


def saw(**fields: object) -> None:
    """Append one line; a single write of a short line is atomic."""
    with Path(os.environ["SAMPLE_SEEN"]).open("a", encoding="utf-8") as sink:
        sink.write(json.dumps(fields) + "\n")


@app.route(route="echo/{word}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with what the request looked like."""
    seen = {
        "method": req.method,
        "url": req.url,
        "word": req.route_params["word"],
        "query": dict(req.params),
        "header": req.headers.get("X-Sample"),
        "length": len(req.get_body()),
        "body": req.get_body()[:100].decode(),
    }
    return func.HttpResponse(json.dumps(seen), status_code=201, mimetype="application/json")


@app.route(route="cookies", auth_level=func.AuthLevel.ANONYMOUS)
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Answer with two cookies."""
    response = func.HttpResponse("ok")
    response.headers.add("Set-Cookie", "first=1; Path=/")
    response.headers.add("Set-Cookie", "second=2; HttpOnly")
    return response


@app.route(route="failing", auth_level=func.AuthLevel.ANONYMOUS)
def failing(req: func.HttpRequest) -> func.HttpResponse:
    """Raise."""
    raise RuntimeError("on purpose")


@app.route(route="slow", auth_level=func.AuthLevel.ANONYMOUS)
def slow(req: func.HttpRequest) -> func.HttpResponse:
    """Answer after a while."""
    time.sleep(0.3)
    return func.HttpResponse("slow")


@app.route(route="api/guarded", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def guarded(req: func.HttpRequest) -> func.HttpResponse:
    """Answer to those who show the key."""
    return func.HttpResponse("in")


@app.route(route="api/alerts", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def alerts(req: func.HttpRequest) -> func.HttpResponse:
    """Write down an alert."""
    saw(function="alerts", body=req.get_json())
    return func.HttpResponse(status_code=202)


@app.route(route="{*path}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def page(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer every other path, ``/`` among them."""
    return func.HttpResponse(f"page {req.route_params.get('path', '')}")


@app.event_grid_trigger(arg_name="event")
def on_event_grid(event: func.EventGridEvent) -> None:
    """Write down an event of either schema; refuse those about ``poison``."""
    cloud = isinstance(event, func.CloudEvent)
    if event.subject == "poison":
        raise RuntimeError("on purpose")
    saw(
        function="on_event_grid",
        cloud=cloud,
        id=event.id,
        subject=event.subject,
        data=event.get_json(),
    )


@app.queue_trigger(
    arg_name="message", queue_name="%SAMPLE_QUEUE%", connection="AzureWebJobsStorage"
)
def on_message(message: func.QueueMessage) -> None:
    """Write down a message; fail as it says, and as long as it says."""
    body = json.loads(message.get_body())
    count = message.dequeue_count or 0
    saw(
        function="on_message",
        id=message.id,
        count=count,
        inserted=message.insertion_time.isoformat() if message.insertion_time else None,
        expires=message.expiration_time.isoformat() if message.expiration_time else None,
        receipt=message.pop_receipt,
        body=body,
        process=os.getpid(),
    )
    time.sleep(body.get("sleep", 0))
    if count <= body.get("fail", 0):
        raise RuntimeError("on purpose")
    saw(function="on_message done", id=message.id, body=body, process=os.getpid())


@app.timer_trigger(arg_name="timer", schedule="%SAMPLE_SCHEDULE%", run_on_startup=False)
def on_timer(timer: func.TimerRequest) -> None:
    """Write down when the run was due."""
    # The published type lacks what the worker hands over.
    status = timer.schedule_status  # type: ignore[attr-defined]
    saw(
        function="on_timer",
        due=status["LastUpdated"],
        next=status["Next"],
        past_due=timer.past_due,
    )
    time.sleep(float(os.environ.get("SAMPLE_TIMER_SLEEP", "0")))


@app.route(route="nothing", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    """Answer without a body."""
    return func.HttpResponse(status_code=204)
