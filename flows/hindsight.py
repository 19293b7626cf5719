"""A look at a campaign's labelled data in hindsight: whose, by which model, and the folder that keeps its pieces."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file import Campaign
from matsluice.flows.frozen import frozen_input
from matsluice.flows.objective import objective_of
from matsluice.flows.preflight import check_rows, check_store
from matsluice.flows.progress import Progress
from matsluice.flows.run_directory import RunDirectory, run_paths
from matsluice.infra.clusters import check_cluster, connected
from matsluice.infra.fan_out import fan_out
from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.run_log import logging_run
from matsluice.infra.workspace.disk_faults import disk_faults_said
from matsluice.infra.workspace.file_lock import Held, held
from matsluice.infra.workspace.layout import Workspace
from matsluice.infra.workspace.permissions import make_folder
from matsluice.models.catalogue import MODELS
from matsluice.tasks.features.known_blocks import find_block
from matsluice.tasks.features.made_by import MadeBy
from matsluice.tasks.ingest.snapshot import Snapshot
from matsluice.tasks.train.choose import deciding_split
from matsluice.tasks.train.fit_key import code_digest

if TYPE_CHECKING:
    from distributed import Client

    from matsluice.flows.campaign_file.learning_sections import Model, Target
    from matsluice.flows.campaign_file.using_sections import Screen
    from matsluice.tasks.ingest.survey import Survey

# Takes what is counted, how many are done and how many there are.
Told = Callable[[str, int, int], None]
# A model that looks at no feature ranks nothing: it is not meant where none is named.
NOTHING_LEARNED = "dummy"


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What is looked at, and where what comes of it stands.

    Attributes
    ----------
    campaign, snapshot, model
        Whose labelled data, frozen, and what learns.
    folder
        runs/<campaign>/backtests/<id> or runs/<campaign>/replays/<id>; the id is that of all that changes a number.
    retry
        Reasons for which blocks refused rows that are tried again: none.
    """

    campaign: Campaign
    snapshot: Snapshot
    model: Model
    folder: Path
    retry: Sequence[str] = field(default=())

    @property
    def work(self) -> Path:
        """Files that are removed when all pieces are there."""
        return self.folder / "work"

    @property
    def pieces(self) -> Path:
        """What workers leave: a piece that is there is not computed again."""
        return self.folder / "pieces"

    @property
    def screen(self) -> Screen:
        """What the campaign looks for."""
        assert self.campaign.screen is not None
        return self.campaign.screen

    @property
    def target_index(self) -> int:
        """The place of the objective's target among the campaign's."""
        columns = [target.column for target in self.campaign.targets]
        return columns.index(self.screen.first.target)

    @property
    def target(self) -> Target:
        """The objective's target."""
        return self.campaign.targets[self.target_index]

    @property
    def split(self) -> str:
        """The split that decides between the campaign's models."""
        return deciding_split(self.campaign.validation.splits)

    @property
    def parameters(self) -> dict[str, Any]:
        """The model's, as the file has them; of one that is searched the defaults of what is searched."""
        return self.model.parameters_for(self.target.task, self.campaign.models, self.target.objective)

    def record(self, plan: Mapping[str, Any]) -> dict[str, Any]:
        """Return how the record of a look begins: whose it is, and what was looked for.

        Parameters
        ----------
        plan
            What was written beside the pieces: `hit` in words, and of `data` the target's classes.
        """
        objective = objective_of(self.screen, plan["data"]["classes"])
        return {
            "campaign": self.campaign.name,
            "id": self.folder.name,
            "directory": str(self.folder),
            "snapshot": self.snapshot.id,
            "target": self.target.column,
            "unit": self.target.unit,
            "objective": objective.text(self.target.column, self.target.unit),
            "hit": plan["hit"],
            "model": self.model.name,
        }


def look_back(campaign: Campaign, kind: str, model: str, settings: Mapping[str, Any]) -> Hindsight:
    """Check what is asked, freeze the input, and return the look.

    Parameters
    ----------
    campaign
        Whose labelled data.
    kind
        "backtests" or "replays": the folder's name.
    model
        The name of one of the campaign's models; "" for the champion of its last run that has one.
    settings
        What else changes the pieces.

    Raises
    ------
    InvalidInput
        The campaign looks for nothing, the model is unknown or does not learn the target, no value can meet the
        objective, or the data, the store or the cluster cannot be used. Nothing has been written.
    """
    chosen = chosen_model(campaign, model)
    workspace = Workspace(campaign.workspace)
    workspace.check_writable()
    check_store(campaign)
    check_cluster(campaign.cluster)
    check_window(campaign, check_rows(campaign)[0])
    with disk_faults_said(workspace.path):
        for place in (workspace.path, *([] if "://" in campaign.store else [Path(campaign.store)])):
            make_folder(place, private=campaign.permissions == "private")
        above = workspace.campaign_folder(campaign.name) / kind
        above.mkdir(parents=True, exist_ok=True)
        snapshot = frozen_input(campaign, workspace.snapshots, Progress(above, "ingest"))
        (above / "progress.json").unlink(missing_ok=True)
    said = {
        "campaign": campaign.digest,
        "snapshot": snapshot.id,
        "blocks": [asdict(MadeBy.here(find_block(word))) for word in campaign.features.blocks],
        "model": chosen.name,
        "code": [code_digest(), _source_of_hindsight()],
        **settings,
    }
    text = json.dumps(said, sort_keys=True, default=str)
    name = hashlib.blake2b(f"{kind} {text}".encode(), digest_size=6).hexdigest()
    return Hindsight(campaign, snapshot, chosen, above / name)


def chosen_model(campaign: Campaign, name: str) -> Model:
    """Return the campaign's model of a name; without one the champion, or the only one that learns anything.

    Raises
    ------
    InvalidInput
        There is no such model, none is named and there are several, or it does not learn the objective's target.
    """
    if campaign.screen is None:
        raise InvalidInput(
            f"campaign {campaign.name} has no [screen] and so looks for nothing: add one with an objective, such as "
            f'objective = {{ target = "{campaign.targets[0].column}", maximize = true }}'
        )
    target = next(one for one in campaign.targets if one.column == campaign.screen.first.target)
    able = {model.name: model for model in campaign.models if target.task in MODELS[model.kind].tasks}
    if name:
        if name not in able:
            raise InvalidInput(f"--model: {unknown_word(f'model of {target.column}', name, able)}")
        return able[name]
    champion = _last_champion(campaign, target.column)
    if champion in able:
        return able[champion]
    learning = [model for model in able.values() if model.kind != NOTHING_LEARNED]
    if len(learning) != 1:
        raise InvalidInput(
            f"campaign {campaign.name} has no champion for {target.column} yet: name a model with --model "
            f"({', '.join(able)}), or run the campaign first"
        )
    return learning[0]


def _last_champion(campaign: Campaign, target: str) -> str:
    for path in reversed(run_paths(Workspace(campaign.workspace), campaign.name)):
        champion = RunDirectory(path).state().get("champion", {})
        if champion.get("target") == target:
            return str(champion["model"])
    return ""


def check_window(campaign: Campaign, counts: Survey) -> None:
    """Raise InvalidInput where no labelled value can meet the objective, with the nearest that there is."""
    assert campaign.screen is not None
    objective = campaign.screen.first
    low, high = objective.bounds
    least, most = counts.range_of(objective.target) or (low, high)
    if most < low or least > high:
        nearest = most if most < low else least
        raise InvalidInput(
            f"screen.objective: no labelled {objective.target} is {objective.form.replace('_', ' ')} "
            f"{getattr(objective, objective.form)}, the nearest is {nearest:g}: there is no hit to find again; widen it"
        )


@contextmanager
def at_work(look: Hindsight) -> Iterator[Client]:
    """Hold the look's folder, and give a client of the campaign's cluster; what is only for the way goes at a good end.

    Raises
    ------
    InvalidInput
        Another process is at it.
    """
    try:
        with (
            held(look.folder / ".lock"),
            disk_faults_said(look.campaign.workspace),
            logging_run(look.folder, look.folder.name),
            connected(look.campaign.cluster, look.work / "dask") as cluster,
        ):
            yield cluster.wait_ready()
    except Held as other:
        raise InvalidInput(
            f"the same is being computed already (process {other.holder}): wait for it, or stop that process"
        ) from None
    shutil.rmtree(look.work, ignore_errors=True)


def compute_missing(
    client: Client, function: Callable[[Any], str], calls: Sequence[Any], unit: str, told: Told
) -> None:
    """Run calls, each of which leaves a file `output`, whose file is not there yet; tell how many are done."""
    missing = [call for call in calls if not Path(call.output).exists()]
    done = len(calls) - len(missing)
    told(unit, done, len(calls))
    for _ in fan_out(client, function, ((call,) for call in missing), needs="train"):
        done += 1
        told(unit, done, len(calls))


def _source_of_hindsight() -> str:
    """Return a digest of the source by which pieces are made, beside that of fits."""
    from matsluice.tasks import backtest, screen

    digest = hashlib.blake2b(digest_size=8)
    for package in (backtest, screen):
        for path in sorted(Path(next(iter(package.__path__))).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
