"""The workshop: two people make one flow, and nobody's work is lost."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from ivr.controller.flow_ports import EditRefused, SavedMeanwhile
from ivr.controller.flow_workshop import FlowWorkshop
from ivr.core.flow_document import FlowData
from ivr.core.flow_drafts import Act, DraftAct, DraftState, Why
from ivr.core.flow_model import Clip, FlowFacts, KeysPressed
from ivr.core.model import FlowId
from ivr.errors import BadInput
from ivr.settings.flow_folder import FlowFolder, flow_folders
from ivr.settings.flows import load_flow
from tests.fakes.flow_shelf import FakeSound, MemoryFlowShelf
from tests.fakes.switch import FakeClock

PROJECT = Path(__file__).parents[3]
WATER, PERSON = FlowId("water"), FlowId("person")
NEW: FlowData = {
    "flow": "water",
    "title": {"hi": "पानी", "en": "Water"},
    "start": "hello",
    "opt_out": "stop_calls",
    "nodes": {
        "hello": {
            "kind": "play",
            "say": {"hi": "नमस्ते। {organisation} की ओर से कॉल है।"},
            "next": "supply",
        },
        "supply": {
            "kind": "menu",
            "say": {"hi": "पानी रोज़ आता है? हाँ तो एक, नहीं तो दो दबाएँ।"},
            "options": {"1": {"meaning": "yes"}, "2": {"meaning": "no"}},
            "next": "bye",
        },
        "bye": {"kind": "hang_up", "say": {"hi": "धन्यवाद।"}},
        "stop_calls": {"kind": "sub_flow", "flow": "opt-out"},
    },
}


@pytest.fixture
def sound() -> FakeSound:
    return FakeSound()


@pytest.fixture
def workshop(tmp_path: Path, sound: FakeSound) -> FlowWorkshop:
    forms = FlowFolder(*flow_folders(PROJECT, tmp_path))
    return FlowWorkshop(
        forms, MemoryFlowShelf(), sound, FakeClock(), organisation="संवाद परीक्षण"
    )


def edit(data: FlowData, node: str, **given: object) -> FlowData:
    changed = copy.deepcopy(dict(data))
    nodes = changed["nodes"]
    assert isinstance(nodes, dict)
    nodes[node] = {**nodes.get(node, {}), **given}
    return changed


async def save(
    workshop: FlowWorkshop, data: FlowData, began_from: int, who: str = "meera"
) -> int:
    draft = await workshop.save(WATER, data, {}, began_from=began_from, who=who)
    return draft.revision


async def act(workshop: FlowWorkshop, what: DraftAct, who: str, revision: int) -> None:
    await workshop.act(WATER, Act(what, who, revision))


async def publish(workshop: FlowWorkshop, revision: int) -> None:
    await act(workshop, DraftAct.ASK, "meera", revision)
    await act(workshop, DraftAct.APPROVE, "vimla", revision)
    await act(workshop, DraftAct.PUBLISH, "meera", revision)


async def test_a_drawn_flow_is_published_as_the_file_that_campaigns_read(
    workshop: FlowWorkshop, sound: FakeSound, tmp_path: Path
) -> None:
    await publish(workshop, await save(workshop, NEW, 0))
    path = tmp_path / "flows/water.yaml"
    published = load_flow(path, PROJECT / "config/flows")
    release = (await workshop.releases(WATER))[0]
    assert published.version == release.version
    assert (release.authors, release.approved_by) == (("meera",), "vimla")
    assert [n.value for n in (x.kind for x in published.nodes.values())] == [
        "play",
        "menu",
        "hang_up",
        "sub_flow",
    ]
    assert "धन्यवाद।" in {clip.text for clip in sound.prepared}
    lines = {line.flow_id: line for line in await workshop.flows()}
    assert lines[WATER].version == release.version
    assert lines[WATER].draft is None


async def test_publishing_makes_the_sound_of_who_is_calling_too(
    workshop: FlowWorkshop, sound: FakeSound
) -> None:
    await publish(workshop, await save(workshop, NEW, 0))
    assert Clip("hi", "संवाद परीक्षण") in sound.prepared


async def test_its_author_does_not_approve_a_flow(workshop: FlowWorkshop) -> None:
    await save(workshop, NEW, 0)
    await act(workshop, DraftAct.ASK, "meera", 1)
    with pytest.raises(EditRefused) as refused:
        await act(workshop, DraftAct.APPROVE, "meera", 1)
    assert refused.value.why is Why.OWN_WORK


async def test_a_flow_with_a_fault_is_saved_and_goes_no_further(
    workshop: FlowWorkshop,
) -> None:
    await save(workshop, edit(NEW, "supply", next="nowhere"), 0)
    opened = await workshop.opened(WATER)
    assert next((p.node, p.problem) for p in opened.problems) == (
        "supply",
        "next leads to 'nowhere', which is no node",
    )
    with pytest.raises(EditRefused) as refused:
        await act(workshop, DraftAct.ASK, "meera", 1)
    assert refused.value.why is Why.HAS_PROBLEMS


async def test_half_a_node_is_saved_and_its_fault_stands_at_it(
    workshop: FlowWorkshop,
) -> None:
    await save(workshop, edit(NEW, "new", kind="menu"), 0)
    opened = await workshop.opened(WATER)
    assert {p.node for p in opened.problems} == {"new"}


async def test_two_edits_of_one_node_show_both_and_lose_neither(
    workshop: FlowWorkshop,
) -> None:
    await save(workshop, NEW, 0)
    theirs = edit(NEW, "bye", say={"hi": "नमस्ते।"})
    await save(workshop, theirs, 1, "anil")
    mine = edit(NEW, "bye", say={"hi": "आभार।"})
    with pytest.raises(SavedMeanwhile) as refused:
        await save(workshop, mine, 1)
    assert refused.value.theirs.saved_by == "anil"
    assert refused.value.data == theirs
    assert refused.value.both is None
    # Mine may go over theirs, knowingly; theirs stays among the saves.
    assert await save(workshop, mine, 2) == 3
    data, _ = await workshop.at(WATER, 2)
    assert data == theirs


async def test_edits_of_two_nodes_are_offered_as_one(workshop: FlowWorkshop) -> None:
    await save(workshop, NEW, 0)
    await save(workshop, edit(NEW, "bye", say={"hi": "नमस्ते।"}), 1, "anil")
    mine = edit(NEW, "supply", retries=0)
    with pytest.raises(SavedMeanwhile) as refused:
        await save(workshop, mine, 1)
    assert refused.value.both == edit(mine, "bye", say={"hi": "नमस्ते।"})


async def test_two_who_begin_at_once_meet_in_one_draft(workshop: FlowWorkshop) -> None:
    await save(workshop, NEW, 0)
    with pytest.raises(SavedMeanwhile):
        await save(workshop, edit(NEW, "bye", result="partial"), 0, "anil")


async def test_a_shipped_flow_that_is_edited_keeps_its_other_lines(
    workshop: FlowWorkshop,
) -> None:
    opened = await workshop.opened(PERSON)
    assert opened.draft is None
    data = edit(opened.data, "busy", retries=1)
    draft = await workshop.save(PERSON, data, {}, began_from=0, who="meera")
    shipped = (PROJECT / "config/flows/person.yaml").read_text("utf-8")
    assert draft.text == shipped.replace("retries: 0  # said", "retries: 1  # said")
    found = await workshop.diff(PERSON, "published", "draft")
    assert [(c.node, c.key, c.before, c.after) for c in found] == [
        ("busy", "retries", 0, 1)
    ]


async def test_a_flow_changed_by_hand_meanwhile_is_not_published_over(
    workshop: FlowWorkshop, tmp_path: Path
) -> None:
    await publish(workshop, await save(workshop, NEW, 0))
    revision = await save(workshop, edit(NEW, "supply", retries=0), 0)
    await act(workshop, DraftAct.ASK, "meera", revision)
    path = tmp_path / "flows/water.yaml"
    path.write_text(path.read_text("utf-8") + "# by hand\n", "utf-8")
    with pytest.raises(EditRefused) as refused:
        await act(workshop, DraftAct.APPROVE, "vimla", revision)
    assert refused.value.why is Why.CHANGED_BELOW


async def test_a_flow_whose_words_nobody_can_speak_is_not_published(
    workshop: FlowWorkshop, sound: FakeSound
) -> None:
    sound.mute.add("धन्यवाद।")
    with pytest.raises(EditRefused) as refused:
        await publish(workshop, await save(workshop, NEW, 0))
    assert "धन्यवाद।" in refused.value.because
    draft = (await workshop.opened(WATER)).draft
    assert draft is not None and draft.state is DraftState.APPROVED


async def test_an_edit_is_tried_before_it_is_saved(workshop: FlowWorkshop) -> None:
    facts = FlowFacts({"organisation": "जन संवाद केंद्र"})
    keys = [KeysPressed(""), KeysPressed("2")]
    trial = await workshop.tried(WATER, NEW, facts, keys)
    assert trial.path == ("hello", "supply", "bye")
    assert trial.answers[0].meaning == "no"


async def test_what_is_not_there_is_told(workshop: FlowWorkshop) -> None:
    with pytest.raises(BadInput, match="no flow 'gone'"):
        await workshop.opened(FlowId("gone"))
    with pytest.raises(BadInput, match="no draft"):
        await workshop.act(PERSON, Act(DraftAct.ASK, "meera", 1))
