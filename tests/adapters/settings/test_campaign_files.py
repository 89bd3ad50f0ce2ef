"""Campaign files: what they mean, and how a wrong one is complained of."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from ivr.core.compliance import Allowed, judge_campaign
from ivr.core.law import LawFacts
from ivr.core.model import (
    CallClass,
    Caps,
    ContactFilter,
    DeskOption,
    DeskQuestion,
    Disposition,
    Mode,
    RetryRule,
    Routing,
    Window,
)
from ivr.errors import BadInput
from ivr.settings.campaigns import (
    SCHEMA_FILE,
    campaign_of,
    document_of,
    load_campaign,
    load_campaigns,
    write_campaign_schema,
    wrongs,
    yaml_of,
)
from ivr.settings.config import load_settings
from ivr.settings.flows import load_flows

CONFIG = Path(__file__).parents[3] / "config"
AFTER_DECLARATION = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)

FULL = """\
campaign: survey
title: {hi: राय, en: Feedback}
organisation: संवाद
class: ngo_survey
flow: scheme-feedback
mode: progressive
lists: [sample, "दूसरी सूची"]
filters: {districts: [SEH], schemes: [pm-kisan], languages: [hi]}
centres: [MP.BPL, MP.IND.DHR]
routing:
  skills: [pension]
  division_after_s: 0.5
  state_after_s: 1
  worth_waiting: 0.2
  dialects: {bhb: gu}
trunk: carrier
caller_id: +917552550100
windows: ["10:00-13:00", "16:00 - 19:30"]
off_days: [sunday, listed_holidays, 2026-12-31]
retry:
  busy: {attempts: 2, delay: 20 min}
  no_answer: {attempts: 3, delay: 1 d, day_parts: ["10:00-13:00", "16:00-19:00"]}
caps: {attempts_per_day: 2, calls_per_s: 1.5, channels: 12}
ring_timeout_s: 20
wrap_up_s: 30
starts_on: 2026-12-01
ends_on: 2026-12-15
only_admin_starts: true
script: |
  नमस्ते {name} जी।

  धन्यवाद।
questions:
  - id: water
    hi: पानी आता है?
    en: Is there water?
    options: [{value: yes, hi: हाँ, en: 'Yes'}]
  - {id: wish, hi: 'क्या चाहिए?'}
note: केवल परीक्षण
"""
LEAST = """\
campaign: survey
title: {hi: राय, en: Feedback}
organisation: संवाद
class: ngo_survey
flow: scheme-feedback
lists: [sample]
trunk: carrier
caller_id: "+917552550100"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "survey.yaml"
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, text: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load_campaign(written(folder, text))
    return caught.value


def test_every_key_of_a_campaign_file_reaches_the_campaign(tmp_path: Path) -> None:
    campaign = load_campaign(written(tmp_path, FULL))
    assert (campaign.campaign_id, campaign.title_hi, campaign.title_en) == (
        "survey",
        "राय",
        "Feedback",
    )
    assert campaign.call_class is CallClass.NGO_SURVEY
    assert campaign.mode is Mode.PROGRESSIVE
    assert campaign.lists == ("sample", "दूसरी सूची")
    assert campaign.filters == ContactFilter(("SEH",), ("pm-kisan",), ("hi",))
    assert campaign.centres == ("MP.BPL", "MP.IND.DHR")
    assert campaign.skills == ("pension",)
    assert campaign.routing == Routing(0.5, 1.0, 0.2, {"bhb": "gu"})
    assert campaign.caller_id == "+917552550100"
    morning = Window(time(10), time(13))
    assert campaign.windows == (morning, Window(time(16), time(19, 30)))
    assert campaign.off_days == ("sunday", "listed_holidays", "2026-12-31")
    assert campaign.retry == {
        Disposition.BUSY: RetryRule(2, timedelta(minutes=20)),
        Disposition.NO_ANSWER: RetryRule(
            3, timedelta(days=1), (morning, Window(time(16), time(19)))
        ),
    }
    assert campaign.caps == Caps(attempts_per_day=2, calls_per_s=1.5, channels=12)
    assert campaign.ring_timeout == timedelta(seconds=20)
    assert campaign.wrap_up == timedelta(seconds=30)
    assert (campaign.starts_on, campaign.ends_on) == (
        date(2026, 12, 1),
        date(2026, 12, 15),
    )
    assert campaign.only_admin_starts
    assert campaign.script == "नमस्ते {name} जी।\n\nधन्यवाद।"
    yes = DeskOption("yes", "हाँ", "Yes")
    assert campaign.questions == (
        DeskQuestion("water", "पानी आता है?", "Is there water?", (yes,)),
        DeskQuestion("wish", "क्या चाहिए?", ""),
    )


def test_what_is_left_out_is_careful(tmp_path: Path) -> None:
    campaign = load_campaign(written(tmp_path, LEAST))
    assert campaign.mode is Mode.PREVIEW  # which cannot abandon anybody
    assert campaign.caps == Caps(1, 3, 2)
    assert campaign.connect_patience == timedelta(seconds=2)
    assert campaign.off_days == ()
    assert (campaign.routing, campaign.skills) == (Routing(), ())
    recorded = load_campaign(written(tmp_path, LEAST + "mode: broadcast\n"))
    assert recorded.off_days == ("sunday", "listed_holidays")


@pytest.mark.parametrize(
    ("wrong", "line", "message", "remedy"),
    [
        ("mdoe: preview", 9, "unknown key mdoe", 'did you mean "mode"?'),
        ("mode: predictve", 9, "mode: 'predictve'", 'did you mean "predictive"?'),
        ("caps: {attempts_per_dya: 1}", 9, "unknown key caps", "attempts_per_day"),
        ("caps: {attempts_per_day: 9}", 9, "caps, attempts_per_day", ""),
        ("caps: {abandonment_stop: 0.05}", 9, "caps, abandonment_stop", ""),
        ("retry: {bsy: {attempts: 1, delay: 1 h}}", 9, "'bsy'", "busy"),
        ("retry: {busy: {attempts: 1}}", 9, "retry, busy, delay is missing", "add it"),
        ("retry: {busy: {attempts: 1, delay: soon}}", 9, "15 min", ""),
        ("retry: {busy: {attempts: 1, delay: 1 h, dely: 2}}", 9, "dely", "delay"),
        ("retry: {opted_out: {attempts: 2, delay: 1 h}}", 9, "no retry rule", ""),
        ('windows: ["9-17"]', 9, '"10:00-13:00"', ""),
        ('windows: ["25:00-26:00"]', 9, '"10:00-13:00"', ""),
        ("windows: [10]", 9, '"10:00-13:00"', ""),
        ('windows: ["13:00-10:00"]', 9, "ends before it begins", ""),
        ('windows: ["08:30-10:00"]', 9, "outside 09:00-21:00", ""),
        ('windows: ["20:00-21:30"]', 9, "outside 09:00-21:00", ""),
        ("off_days: [funday]", 9, "is no day", ""),
        ("ring_timeout_s: 60", 9, "ring_timeout_s", ""),
        ("connect_patience_s: 5", 9, "connect_patience_s", ""),
        ("starts_on: 2026-12-02\nends_on: 2026-12-01", 10, "before it starts", "swap"),
        ("centres: [mp.bpl]", 9, "centres, 1", ""),
        ("routing: {skils: [a]}", 9, "routing, skils", 'did you mean "skills"?'),
        ("routing:\n  state_after_s: 3", 10, "routing, state_after_s", ""),
        ("routing:\n  worth_waiting: 2", 10, "routing, worth_waiting", ""),
        ("routing:\n  state_after_s: 1", 10, "state would open before", "1.85 s"),
        ("routing:\n  skills: [Pension]", 10, "routing, skills, 1", ""),
        ("routing:\n  dialects: {bhb: Gujarati}", 10, "dialects, bhb", ""),
        ("title: {hi: राय, en: Feedback}", 9, "given twice", ""),
        ("script: नमस्ते {Name} जी", 9, "wrong placeholder", ""),
        ("script: नमस्ते } जी", 9, "wrong placeholder", ""),
        ("questions: [{id: a b, hi: क}]", 9, "questions, 1, id", ""),
        ("questions: [{id: a, hi: ''}]", 9, "questions, 1, hi", ""),
        ("questions: [{id: a, hi: क}, {id: a, hi: ख}]", 9, "given twice: a", ""),
        (
            "questions: [{id: a, hi: क, "
            "options: [{value: x, hi: १}, {value: x, hi: २}]}]",
            9,
            "given twice: x",
            "",
        ),
        (
            f"questions: [{', '.join(f'{{id: q{n}, hi: क}}' for n in range(13))}]",
            9,
            "12",
            "",
        ),
    ],
)
def test_a_wrong_key_or_value_is_named_with_line_and_remedy(
    tmp_path: Path, wrong: str, line: int, message: str, remedy: str
) -> None:
    error = refused(tmp_path, LEAST + wrong + "\n")
    assert str(error).startswith(f"{tmp_path / 'survey.yaml'}:{line}: ")
    assert message in str(error)
    assert remedy in (error.remedy or "")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, LEAST.replace("trunk: carrier\n", ""))
    assert "trunk is missing" in str(error)
    assert "and 7 more" in str(refused(tmp_path, ""))
    assert "whole file" in str(refused(tmp_path, "- campaign"))


def test_a_key_that_is_like_no_other_gets_the_list_of_keys(tmp_path: Path) -> None:
    assert "known here: attempts, day_parts, delay" in str(
        refused(tmp_path, LEAST + "retry: {busy: {attempts: 1, delay: 1 h, zzz: 1}}\n")
    )


def test_the_file_is_named_after_the_campaign(tmp_path: Path) -> None:
    error = refused(tmp_path, LEAST.replace("campaign: survey", "campaign: other"))
    assert error.remedy == "write campaign: survey"


def test_promotional_calls_cannot_even_be_configured(tmp_path: Path) -> None:
    error = refused(tmp_path, LEAST.replace("ngo_survey", "promotional"))
    assert "survey.yaml:4" in str(error)
    assert "ngo_survey" in (error.remedy or "")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        load_campaigns(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="cannot be read"):
        load_campaign(tmp_path / "nobody.yaml")


def test_what_is_wrong_is_told_for_every_key_at_once() -> None:
    document = document_of(LEAST) | {"class": "promotional", "mode": "fast"}
    document.pop("trunk")
    assert {wrong.key for wrong in wrongs(document)} == {"mode", "trunk"}
    assert wrongs(document_of(LEAST)) == []
    assert [
        wrong.key for wrong in wrongs(document_of(LEAST) | {"class": "promotional"})
    ] == ["class"]


def test_a_campaign_written_as_yaml_reads_back_the_same(tmp_path: Path) -> None:
    document = document_of(FULL)
    again = load_campaign(written(tmp_path, yaml_of(document)))
    assert again == load_campaign(written(tmp_path, FULL)) == campaign_of(document)


# What ships


def test_the_shipped_campaigns_have_their_flow_and_may_call_on_the_demo_trunk() -> None:
    campaigns = load_campaigns(CONFIG / "campaigns")
    assert set(campaigns) == {
        "demo",
        "scheme-feedback",
        "beneficiary-check",
        "information",
        "survey-and-person",
    }
    flows = load_flows(CONFIG / "flows")
    trunk = load_settings(CONFIG / "demo.toml").trunk("carrier")
    for campaign in campaigns.values():
        assert campaign.flow_id in flows
        verdict = judge_campaign(campaign, trunk, LawFacts(), AFTER_DECLARATION)
        assert isinstance(verdict, Allowed), verdict


def test_the_shipped_schema_is_the_one_the_program_reads_by(tmp_path: Path) -> None:
    path = write_campaign_schema(tmp_path)
    shipped = CONFIG / "schema" / SCHEMA_FILE
    assert path.read_text("utf-8") == shipped.read_text("utf-8")
    schema = json.loads(path.read_text("utf-8"))
    assert {"campaign", "class", "flow", "lists"} <= set(schema["required"])
    assert schema["additionalProperties"] is False
