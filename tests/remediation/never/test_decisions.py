"""Whatever policy, tags, ladder, events and state: what is decided keeps to the Never list.

Ladders are those that ship, and any other: more than an override could ever be accepted with.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, override

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.actions.table import STEPS
from remediation.incident import StepName
from remediation.messages import (
    Absent,
    Answered,
    Done,
    Event,
    Failed,
    Outcome,
    Perform,
    Refused,
    Running,
    Succeeded,
    Transient,
    Unknown,
    Unseen,
)
from remediation.model import CauseClass, Mode, Need, Playbook, Risk, Rung
from remediation.picture import Picture, excluded
from remediation.playbooks.loader import load
from remediation.policies.effective import Ground, effective
from remediation.policies.layers import Document, Layer
from remediation.records import ApprovalAnswered
from remediation.repertoire import ACTIONS
from remediation.views import Gone, Lock, Power, Unreadable
from tests.remediation.core.builders import (
    HOUR,
    ITEM,
    MINUTE,
    SUBSCRIPTION,
    VAULT,
    a_diagnosis,
    a_failure,
    a_failure_seen,
    a_lock,
    a_machine,
    a_picture,
    a_playbook,
    an_agent,
    an_extension,
    some_restore_points,
)
from tests.remediation.core.story import Story
from tests.remediation.policies.test_properties import GROUND, STOPPED, documents

pytestmark = pytest.mark.proof

POISON = "$(poisoned); `rm -rf /`"
SHIPPED = load().by_id
LOST = Unreadable(reason="timeout")
# What a step may be sent with: names and times that Azure or the policy gave.
PARAMETERS = frozenset(
    {
        "agent_reported_at",
        "backup_group",
        "collections",
        "extension",
        "keep_until",
        "location",
        "locks",
        "objective_seconds",
        "os",
        "restore_points",
    }
)
OWN = a_lock("own")
INHERITED = Lock(name="above", scope=f"/subscriptions/{SUBSCRIPTION}".lower(), level="CanNotDelete")
INSIDE = Lock(
    name="inside", scope=f"{OWN.scope}/providers/microsoft.compute/disks/d", level="ReadOnly"
)
# What was taken away is put back, whatever else holds.
UNDOING = frozenset({StepName.RESTORE_LOCK})

playbooks = st.sampled_from(sorted(SHIPPED.values(), key=lambda one: one.id)) | st.builds(
    a_playbook,
    *[
        st.builds(
            Rung,
            do=st.sampled_from(sorted(ACTIONS)),
            needs=st.frozensets(st.sampled_from(list(Need)), max_size=1),
            tries=st.integers(1, 3),
        )
    ]
    * 3,
    cause_class=st.sampled_from(CauseClass),
    observe_only=st.sampled_from((False, False, False, True)),
)
seen_tags: st.SearchStrategy[Any] = st.sampled_from(
    (
        {},
        {},
        {},
        LOST,
        None,
        {"backup-remediation": "off"},
        {"Backup-Remediation": " OFF "},
        {"backup-remediation": "of"},
        {"backup-remediation-risk": "destructive"},
    )
)
machines: st.SearchStrategy[Any] = st.sampled_from(
    (
        a_machine(),
        a_machine(),
        a_machine(os="windows"),
        a_machine(agent=an_agent()),
        a_machine(power=Power.DEALLOCATED),
        a_machine(extensions=(an_extension(publisher="Other", name="Other", state="failed"),)),
        LOST,
        Gone(what="VM-01"),
    )
)
pictures = st.builds(
    a_picture,
    tags=seen_tags,
    machine=machines,
    locks=st.sampled_from(((), (OWN,), (OWN, INHERITED), (INHERITED,), (OWN, INSIDE), LOST)),
    machine_locks=st.sampled_from(((), (), (INHERITED,), LOST)),
    restore_points=st.sampled_from((some_restore_points(), some_restore_points(18), LOST)),
    finding=st.sampled_from(
        (
            Done(detail=POISON),
            Done(),
            Failed(reason=POISON, code=POISON),
            Running(),
            Absent(),
            Unseen(reason="429"),
        )
    ),
)
outcomes: st.SearchStrategy[Outcome] = st.sampled_from(
    (
        Succeeded(handle="op"),
        Succeeded(done=True, detail=POISON),
        Refused(reason=POISON, code=POISON),
        Transient(reason="429"),
        Unknown(reason="reset"),
    )
)


class Watched(Story):
    """A story that looks at each step that is commanded, as it is commanded."""

    def __init__(self, document: Document | None, ground: Ground = GROUND) -> None:
        """Begin under a document."""
        super().__init__(folds=False)
        self.document, self.ground = document, ground
        self.done: list[StepName] = []

    @override
    def tell(self, event: Event, picture: Picture) -> list[Any]:
        tags = picture.tags
        known = None if tags is None or isinstance(tags, Unreadable) else tags
        self.policy = effective(self.ground, self.document, ITEM, VAULT, known).policy
        found = super().tell(event, picture)
        for command in self.commands:
            if isinstance(command, Perform):
                self.done.append(command.step.name)
                never(self, command, picture)
        return found


def never(story: Watched, command: Perform, picture: Picture) -> None:
    """Hold a step to the Never list, and to what the policy allows at all."""
    step, action = command.step, ACTIONS[command.action]
    assert step.name in STEPS
    assert set(step.parameters) <= PARAMETERS
    assert "poisoned" not in str(step.parameters)
    if step.name in UNDOING:
        return
    assert picture.tags is not None
    assert not isinstance(picture.tags, Unreadable)
    assert not excluded(picture.tags, story.policy.exclusion_tag, story.policy.exclusion_value)
    assert story.policy.mode in {Mode.AUTO, Mode.APPROVE}
    book = story.open.playbook
    assert not book.observe_only
    if not action.inspects:
        assert book.cause_class is not CauseClass.PEOPLE or story.open.attempts[-1].steps_done
    if action.approval or (story.policy.mode is Mode.APPROVE and not action.inspects):
        assert any(one.yes for one in story.all(ApprovalAnswered)), "nobody has said yes"
    if step.name is StepName.REMOVE_LOCK:
        assert set(step.parameters["locks"].split(",")) == {OWN.name}
        assert picture.locks == (OWN,)
    if step.name is StepName.DELETE_EXTENSION:
        assert step.parameters["extension"] in {"VMSnapshot", "VMSnapshotLinux"}


class Chance:
    """What happens, drawn."""

    def __init__(self, data: st.DataObject, story: Watched) -> None:
        """Open the incident by a failure whose words are commands."""
        self.data, self.story, self.failures = data, story, 0
        self.fail()

    def fail(self) -> None:
        """A job fails."""
        self.failures += 1
        now = self.story.now
        failure = a_failure(
            f"job-{self.failures}",
            started=now - HOUR - self.failures * MINUTE,
            ended=now - MINUTE,
            code=POISON,
        )
        diagnosis = a_diagnosis(self.data.draw(playbooks), code=POISON)
        event = a_failure_seen(failure=failure, diagnosis=diagnosis)
        self.story.fails(event, self.data.draw(pictures))

    def happen(self) -> None:
        """One event, whichever fits."""
        events = [self.wake, self.wake, self.wake, self.fail, self.again]
        if self.story.open.step is not None:
            events += [self.answer] * 3
        if self.story.open.approval is not None:
            events += [self.approve] * 3
        self.data.draw(st.sampled_from(events))()

    def wake(self) -> None:
        """The wake-up that counts."""
        self.story.wakes(self.data.draw(pictures))

    def again(self) -> None:
        """A person asks for it again."""
        self.story.is_asked_again(self.data.draw(pictures))

    def answer(self) -> None:
        """Azure answers to the step in flight."""
        self.story.hears(self.data.draw(outcomes), self.data.draw(pictures))

    def approve(self) -> None:
        """A person answers, with a reason that is a command."""
        approval = self.story.open.approval
        assert approval is not None
        answer = Answered(
            key=approval.key, by="Ann", reason=POISON, yes=self.data.draw(st.booleans())
        )
        self.story.tell(answer, self.data.draw(pictures))


@given(data=st.data(), document=documents)
def test_nothing_on_the_never_list_is_decided(data: st.DataObject, document: Document) -> None:
    """Each step is looked at as it is commanded."""
    chance = Chance(data, Watched(document))
    for _ in range(data.draw(st.integers(3, 20))):
        if chance.story.open.ending is not None:
            break
        chance.happen()


BOLDEST = Document(
    name="p",
    digest="d",
    layers=(
        Layer(
            values={
                "mode": Mode.AUTO,
                "max_risk": Risk.DESTRUCTIVE,
                "opt_in": frozenset(ACTIONS),
                "tag_risk_ceiling": Risk.DESTRUCTIVE,
            }
        ),
    ),
)
ACTING = sorted(name for name, action in ACTIONS.items() if action.acts)


def begun(book: Playbook | str, picture: Picture, ground: Ground = GROUND) -> Watched:
    """Tell of a failure under the boldest policy, and of a yes to whatever is asked."""
    story = Watched(BOLDEST, ground)
    book = a_playbook(book) if isinstance(book, str) else book
    story.fails(a_failure_seen(book), picture)
    if story.open.approval is not None:
        event = Answered(key=story.open.approval.key, by="Ann", reason="yes", yes=True)
        story.tell(event, picture)
    return story


def well(name: str) -> Picture:
    """Return a picture in which the action may be tried."""
    machine = a_machine(os=ACTIONS[name].os or "linux")
    return a_picture(machine=machine, locks=(OWN,) if name == "clear_lock" else ())


@pytest.mark.parametrize("name", ACTING)
def test_under_the_boldest_policy_every_action_is_begun(name: str) -> None:
    """Or these properties would hold of stories in which nothing ever happens."""
    assert begun(name, well(name)).done == [ACTIONS[name].all_steps[0]]


@pytest.mark.parametrize("name", ACTING)
def test_no_action_is_begun_where_app_settings_say_off(name: str) -> None:
    """Not under the boldest document, and not with a person's yes."""
    assert begun(name, well(name), STOPPED).done == []


@given(data=st.data(), document=documents)
def test_from_the_moment_that_app_settings_say_off_only_locks_go_back(
    data: st.DataObject, document: Document
) -> None:
    """Whatever was under way then: its next step is not sent, however bold the document."""
    bold = replace(document, layers=(*document.layers, *BOLDEST.layers))
    chance = Chance(data, Watched(bold))
    for _ in range(data.draw(st.integers(0, 8))):
        if chance.story.open.ending is None:
            chance.happen()
    before = len(chance.story.done)
    chance.story.ground = STOPPED
    for _ in range(8):
        if chance.story.open.ending is None:
            chance.happen()
    assert set(chance.story.done[before:]) <= UNDOING


@pytest.mark.parametrize("name", ACTING)
@pytest.mark.parametrize("tags", [LOST, None], ids=["unreadable", "not read"])
def test_no_action_is_begun_while_tags_are_not_known(name: str, tags: Any) -> None:
    """Not under the boldest policy, and not with a person's yes."""
    assert begun(name, replace(well(name), tags=tags)).done == []


@pytest.mark.parametrize("book", sorted(SHIPPED))
@pytest.mark.parametrize("tags", [LOST, None, {"backup-remediation": "off"}], ids=str)
def test_no_shipped_playbook_acts_where_it_may_not(book: str, tags: Any) -> None:
    """From the first look to the end of its ladder."""
    shipped = SHIPPED[book]
    picture = a_picture(tags=tags, locks=(OWN,))
    story = begun(shipped, picture)
    for _ in range(12):
        if story.open.ending is not None:
            break
        story.wakes(picture)
        story.waits(timedelta(hours=1))
    assert story.done == []


@pytest.mark.parametrize("locks", [(INHERITED,), (OWN, INHERITED), (OWN, INSIDE), LOST], ids=str)
def test_a_lock_that_is_not_the_groups_own_stops_the_surgery(locks: Any) -> None:
    """It is named to people, and the group's own stays too."""
    assert StepName.REMOVE_LOCK not in begun("clear_lock", a_picture(locks=locks)).done


@pytest.mark.parametrize("name", ACTING)
@pytest.mark.parametrize(
    "changes", [{"cause_class": CauseClass.PEOPLE}, {"observe_only": True}], ids=["people", "dry"]
)
def test_what_is_for_people_or_only_tried_out_is_never_acted_on(
    name: str, changes: dict[str, Any]
) -> None:
    """Though the policy names the action, and a person would say yes."""
    assert begun(a_playbook(name, **changes), well(name)).done == []
