"""What a campaign stands on: trunk, centres, flow, sound. Each is there, or BadInput.

Asked by `dialer.py campaign new` and by the pages alike.
"""

from __future__ import annotations

import difflib
from datetime import datetime
from pathlib import Path

from ivr.core.compliance import judge_campaign
from ivr.core.flow_check import check
from ivr.core.flow_model import Flow
from ivr.core.law import LawFacts
from ivr.core.model import Campaign, Refused
from ivr.core.routing import serves
from ivr.errors import BadInput
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import Settings
from ivr.settings.flow_folder import flow_folders
from ivr.settings.flows import flow_file, flow_files, load_flow
from ivr.settings.people import load_centres, load_telecallers

TELECALLERS = "config/telecallers.yaml"


def trunk_fits(settings: Settings, campaign: Campaign, file: str) -> str:
    """Say which trunk carries it. Raises BadInput; `file` names the campaign."""
    trunk = settings.trunk(campaign.trunk)
    if campaign.caller_id not in trunk.caller_ids:
        raise BadInput(
            f"caller ID {campaign.caller_id} is not confirmed for trunk {trunk.name}",
            where=f"{file}: caller_id",
            remedy=f"confirmed: {', '.join(trunk.caller_ids) or 'none'}",
        )
    return f"{trunk.name}: {campaign.caller_id}"


def somebody_serves(settings: Settings, campaign: Campaign, file: str) -> str:
    """Say how many serve it. Raises BadInput for unknown centres and skills."""
    config = settings.project / "config"
    tree = {centre.code: centre for centre in load_centres(config / "centres.yaml")}
    for code in campaign.centres:
        if code not in tree:
            near = difflib.get_close_matches(code, tree, 1)
            raise BadInput(
                f'there is no centre "{code}"',
                where=f"{file}: centres",
                remedy=f'did you mean "{near[0]}"?' if near else "see centres.yaml",
            )
    telecallers = load_telecallers(settings.project / TELECALLERS)
    serving = [one for one in telecallers if serves(one, campaign, tree)]
    if campaign.skills and not serving:
        known = sorted({skill for one in telecallers for skill in one.skills})
        raise BadInput(
            f"no telecaller has {', '.join(campaign.skills)}",
            where=f"{file}: routing, skills",
            remedy=f"known: {', '.join(known) or 'none'}; see telecallers.yaml",
        )
    return f"{len(serving)} telecallers"


def its_flow_file(settings: Settings, campaign: Campaign, file: str) -> Path:
    """Return the flow's file. Raises BadInput."""
    folders = flow_folders(settings.project, settings.home)
    found = flow_file(folders, campaign.flow_id)
    if found is not None:
        return found
    known = [one.stem for one in flow_files(*folders)]
    near = difflib.get_close_matches(campaign.flow_id, known, 1)
    raise BadInput(
        f'there is no flow "{campaign.flow_id}"',
        where=f"{file}: flow",
        remedy=f'did you mean "{near[0]}"?' if near else f"known: {', '.join(known)}",
    )


def its_flow(settings: Settings, file: Path) -> Flow:
    """Return the flow of a file, parts too, as this installation has them."""
    return load_flow(file, *flow_folders(settings.project, settings.home))


def flow_speaks(
    settings: Settings, file: Path, campaign: Campaign, library: AudioLibrary
) -> Flow:
    """Return the flow, if it is sound and all it says can be heard. Raises BadInput."""
    flow = its_flow(settings, file)
    problems = check(
        flow,
        available=lambda clip: bool(library.paths(clip)),
        organisation=campaign.organisation,
    )
    if problems:
        first = problems[0]
        raise BadInput(
            first.problem,
            where=": ".join(filter(None, (str(file), first.node))),
            remedy=first.remedy,
        )
    return flow


def law_allows(
    campaign: Campaign, settings: Settings, law: LawFacts, at: datetime
) -> str:
    """Say why the law allows the campaign as such. Raises BadInput."""
    verdict = judge_campaign(campaign, settings.trunk(campaign.trunk), law, at)
    if isinstance(verdict, Refused):
        raise BadInput(verdict.rule, where=verdict.reason)
    return verdict.because
