"""Ways to break a promise, each a small edit of the code, and the proofs that must notice it.

Each is what a peer of this software was seen to do, or what a tired person might write.
"""

from dataclasses import dataclass

CORE = "tests/remediation/core"
ENGINE = "tests/remediation/engine"
NEVER = "tests/remediation/never/test_decisions.py"
PARTNERS = "tests/remediation/partners"
IN_FORCE = f"{ENGINE}/test_partners_in_force.py"

# What is promised beside G1 to G11, and the page of ``docs`` that says it.
NAMED = {
    "limits": "limits.md",
    "off": "deploying.md#stopping-it-from-outside",
    "partners": "policy.md#partners",
    "places": "policy.md#what-goes-first",
    "storms": "storms.md",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """An edit: ``old`` stands once in ``file`` and becomes ``new``; ``proofs`` are pytest's words.

    ``promises``: the guarantees that it breaks, or names of ``NAMED``. ``also``: further edits that
    it needs, an import.
    """

    name: str
    promises: tuple[str, ...]
    file: str
    old: str
    new: str
    proofs: tuple[str, ...]
    also: tuple[tuple[str, str], ...] = ()

    @property
    def edits(self) -> tuple[tuple[str, str], ...]:
        """Every edit: what stands there, and what takes its place."""
        return (*self.also, (self.old, self.new))


BREAKAGES = (
    Breakage(
        name="no If-Match",
        promises=("G2", "G5"),
        file="state/guarded.py",
        old="""    options = {
        "mode": UpdateMode.REPLACE,
        "etag": version,
        "match_condition": MatchConditions.IfNotModified,
    }
    return "update", dict(row), options
""",
        new="""    return "upsert", dict(row), {"mode": UpdateMode.REPLACE}
""",
        proofs=("tests/state/test_incidents.py",),
    ),
    Breakage(
        name="act before intent",
        promises=("G3",),
        file="remediation/engine.py",
        old="""            committed = self._indexed.commit(commit)
""",
        new="""            for early in decision.commands:
                if isinstance(early, Perform):
                    order = order_of(incident, early.step, picture, self.clock.now())
                    STEPS[early.step.name].act(self.tools, order)
            committed = self._indexed.commit(commit)
""",
        proofs=(f"{ENGINE}/test_crashes.py",),
    ),
    Breakage(
        name="no probe on resume",
        promises=("G10",),
        file="remediation/eyes.py",
        also=(("from remediation.messages import ", "from remediation.messages import Absent, "),),
        old="""finding=STEPS[step.name].probe(self.tools, order))
""",
        new="""finding=Absent(reason=str(order.step.name)))
""",
        proofs=(f"{ENGINE}/test_act_before.py",),
    ),
    Breakage(
        name="an unknown outcome is repeated",
        promises=("G10",),
        file="remediation/answers.py",
        old="""StepUncertain(reason=reason, **which))  # type: ignore[arg-type]
            # The call itself is over; only what it may have begun is still to be seen.
            draft.wake(draft.now + FIRST_LOOK, f"look whether {step.name} happened")
""",
        new="""StepWithdrawn(reason=reason, **which))
            draft.next_step_at(draft.now + FIRST_LOOK, reason)
""",
        proofs=(f"{CORE}/test_properties.py", f"{CORE}/test_proof.py", f"{CORE}/test_wakeups.py"),
    ),
    Breakage(
        name="a started job is taken as recovered",
        promises=("G9",),
        file="remediation/recovery.py",
        old="""    if job.status is JobStatus.COMPLETED:
        return True
""",
        new="""    if job.status is JobStatus.COMPLETED or job.running:
        return True
""",
        proofs=(f"{CORE}/test_recovery.py", f"{CORE}/test_proof.py"),
    ),
    Breakage(
        name="the time of a point is ignored",
        promises=("G9",),
        file="remediation/recovery.py",
        old="""        if point.time > incident.last_failure_ended
        and tier in point.tiers
""",
        new="""        if tier in point.tiers
""",
        proofs=(f"{CORE}/test_recovery.py", f"{CORE}/test_proof.py"),
    ),
    Breakage(
        name="an error of the tags goes on",
        promises=("G7",),
        file="remediation/guards/permission.py",
        old="""    if tags is None or isinstance(tags, Unreadable):
        reason = tags.reason if tags else "they were not read"
        yield Objection(
            guard="excluded", reason=f"tags could not be read: {reason}", until=plan.retry(tags)
        )
    elif""",
        new="""    if tags is None or isinstance(tags, Unreadable):
        return
    if""",
        proofs=(f"{CORE}/test_guards.py",),
    ),
    Breakage(
        name="the lock goes back only after success",
        promises=("G8",),
        file="remediation/attempts.py",
        old="""    draft.add(AttemptEnded(attempt=attempt.number, result=result, detail=detail))
    draft.leave_duty()
""",
        new="""    draft.add(AttemptEnded(attempt=attempt.number, result=result, detail=detail))
    if result is AttemptResult.CURED:
        draft.leave_duty()
""",
        proofs=(f"{CORE}/test_clear_lock.py",),
    ),
    Breakage(
        name="a second holder of a lock is ignored",
        promises=("G8",),
        file="remediation/duties.py",
        old="""    waiting = any(one.until > now for one in holders)
""",
        new="""    waiting = any(one.until > now for one in holders[:0])
""",
        proofs=(f"{ENGINE}/test_lock_interleavings.py",),
    ),
    Breakage(
        name="the number of a wake-up is ignored",
        promises=("G2", "G10"),
        file="remediation/engine.py",
        old="""            if number != incident.wake.number:
                if redelivered:
                    self._send(incident)
                return Receipt(incident=incident.id, detail=f"wake-up {number} is stale")
            if woken.number and""",
        new="""            number = incident.wake.number
            if woken.number and""",
        proofs=(f"{ENGINE}/test_wakeups.py",),
    ),
    Breakage(
        name="a repair is done again for want of its proof",
        promises=("G10",),
        file="remediation/attempts.py",
        old="""    if step.name is StepName.BACKUP and draft.incident.attempts[-1].steps_done:
""",
        new="""    if step.name is StepName.BACKUP and draft.incident.judged_by_schedule:
""",
        proofs=(f"{CORE}/test_wakeups.py",),
    ),
    Breakage(
        name="act_before is ignored",
        promises=("G2", "G3"),
        file="remediation/engine.py",
        old="""        if incident is None or now > step.act_before:
""",
        new="""        if incident is None:
""",
        proofs=(f"{ENGINE}/test_act_before.py",),
    ),
    Breakage(
        name="a message is deleted before the commit",
        promises=("G1",),
        file="functions/queues.py",
        old="""    if faults:
        raise faults[0]
""",
        new="""    for fault in faults:
        _LOG.warning("an event could not be handled: %s", fault)
""",
        proofs=("tests/functions/doors/test_unreachable.py",),
    ),
    Breakage(
        name="a change is sent again after a 504",
        promises=("G2", "G10"),
        file="remediation/arm/pipeline.py",
        old="""        if request.http_request.method == "GET":
""",
        new="""        if request.http_request.method in {"GET", "POST"}:
""",
        proofs=("tests/remediation/arm/test_reads_again.py",),
    ),
    Breakage(
        name="the previous hash is left out",
        promises=("G11",),
        file="state/chain.py",
        old="""    return hashlib.sha256((previous + body).encode()).hexdigest()
""",
        new="""    return hashlib.sha256(body.encode()).hexdigest()
""",
        proofs=("tests/state/test_chain.py",),
    ),
    Breakage(
        name="a storm is counted before the failure is inserted",
        promises=("G4",),
        file="remediation/permits.py",
        old="""            self.storms.insert(row)
            return Counted(calm=not self._count(row, limit))
""",
        new="""            calm = not self._count(row, limit)
            self.storms.insert(row)
            return Counted(calm=calm)
""",
        proofs=("tests/remediation/storms/test_counting.py",),
    ),
    Breakage(
        name="ids are compared by case",
        promises=("G7", "G10"),
        file="remediation/ids.py",
        old="""        return cls(match[0].lower(), match[0])
""",
        new="""        return cls(match[0], match[0])
""",
        proofs=(f"{CORE}/test_ids.py",),
    ),
    Breakage(
        name="an exclusion is read only at the opening",
        promises=("G7",),
        file="remediation/eyes.py",
        old="""        return self.judged(self.whole(incident.item, picture), incident, now)
""",
        new="""        seen = self.whole(incident.item, picture)
        return self.judged(replace(seen, tags={}), incident, now)
""",
        proofs=(f"{ENGINE}/test_in_between.py",),
    ),
    Breakage(
        name="our own failed job is taken as a new failure",
        promises=("G10",),
        file="remediation/reception.py",
        old="""    wanted = (activity_id or "").lower()
    return any(wanted in attempt.request_ids for attempt in loaded.history.attempts)
""",
        new="""    return not loaded.item and activity_id is None
""",
        proofs=(f"{ENGINE}/test_in_between.py",),
    ),
    Breakage(
        name="an escalated item's next failure climbs again",
        promises=("G4",),
        file="remediation/decide.py",
        old="""    elif follow_cause(draft, event.diagnosis):
        go_on(draft)
""",
        new="""    else:
        follow_cause(draft, event.diagnosis)
        climb(draft)
""",
        proofs=(f"{CORE}/test_thirty_nights.py", f"{CORE}/test_escalation.py"),
    ),
    Breakage(
        name="a document lifts the off of app settings",
        promises=("off",),
        file="remediation/policies/effective.py",
        old="""    if ground.policy.mode is not Mode.OFF:
""",
        new="""    if ground.policy.mode is not Mode.OFF or found.policy.mode is not Mode.OFF:
""",
        proofs=("tests/remediation/policies/test_effective.py", NEVER),
    ),
    Breakage(
        name="a partner's claim is ignored",
        promises=("partners",),
        file="remediation/partnership.py",
        old="""    if standing is None or not standing.held(now) or standing.item == wanted.item:
""",
        new="""    if standing is None or standing.until >= now or standing.item == wanted.item:
""",
        proofs=(f"{PARTNERS}/test_asking.py", f"{PARTNERS}/test_interleavings.py"),
    ),
    Breakage(
        name="partners are claimed and not looked at",
        promises=("partners",),
        file="remediation/places.py",
        old="""looks=looks(intent))""",
        new="""looks=False)""",
        proofs=(f"{IN_FORCE}::test_who_is_held_back_looks_again_and_takes_nothing",),
    ),
    Breakage(
        name="a partner that is switched off can stand in",
        promises=("partners",),
        file="remediation/partnership.py",
        old="""    if partner.power is not Power.RUNNING and (risk.disruptive or not off):
""",
        new="""    if partner.power is not Power.RUNNING and not off:
""",
        proofs=(f"{PARTNERS}/test_groups.py", f"{PARTNERS}/test_asking.py"),
    ),
    Breakage(
        name="a claim that was asked for later is given back",
        promises=("partners",),
        file="remediation/partnership.py",
        old=""" or standing.holder != holder or standing.position > upto:
""",
        new=""" or standing.holder != holder:
""",
        proofs=(f"{ENGINE}/test_place_interleavings.py",),
    ),
    Breakage(
        name="a place that was asked for later is given back",
        promises=("places",),
        file="state/slots.py",
        old="""        if place is None or place.position > upto:
""",
        new="""        if place is None:
""",
        proofs=(f"{ENGINE}/test_place_interleavings.py",),
    ),
    Breakage(
        name="a permit that was asked for later is given back",
        promises=("storms",),
        file="remediation/storms/course.py",
        old="""        if permit is not None and permit.position <= upto:
""",
        new="""        if permit is not None:
""",
        proofs=(f"{ENGINE}/test_place_interleavings.py",),
    ),
    Breakage(
        name="what an objection makes superfluous goes back before its commit",
        promises=("partners", "places", "storms"),
        file="remediation/engine.py",
        old="""        return decision, seen.left
""",
        new="""        if seen.left is not None and incident is not None:
            self._places.free(None, decision, incident, seen.left)
        return decision, None
""",
        proofs=(
            f"{IN_FORCE}::test_a_worker_that_finds_a_partner_unwell_takes_nothing_from_another",
        ),
    ),
    Breakage(
        name="what Azure told another worker is not looked at",
        promises=("limits",),
        file="remediation/rates/watch.py",
        old="""                if own is None or own.until < brake.until:
""",
        new="""                if own is not None and own.until < brake.until:
""",
        proofs=("tests/remediation/rates/test_watch.py",),
    ),
    Breakage(
        name="the shared brake is known and not obeyed",
        promises=("limits",),
        file="remediation/engine.py",
        old="""            picture = replace(picture, throttled=throttled)
            return decide(replace(situation, picture=picture), event), None
""",
        new="""            picture = replace(picture, throttled=None)
            return decide(replace(situation, picture=picture), event), None
""",
        proofs=(f"{ENGINE}/test_rate_limits.py",),
    ),
    Breakage(
        name="without storage changes go on",
        promises=("limits",),
        file="remediation/rates/watch.py",
        old="""        return self._read_at is None or now - self._read_at > STALE
""",
        new="""        return self._read_at is None
""",
        proofs=("tests/remediation/rates/test_watch.py",),
    ),
)
