"""The README, followed word for word in an empty folder; what is not run is skipped with its reason."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

from matsluice.flows.campaign_file.check import SECTIONS
from matsluice.infra.clusters import CLUSTERS
from matsluice.models.catalogue import ModelSpec
from matsluice.tasks.features import BlockSpec
from matsluice.tasks.ingest.sources import SourceSpec
from matsluice.tasks.split.splits import SplitSpec

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TIMEOUT_S = 600
NOT_RUN = {
    "make demo": "it builds an environment and runs for minutes; the target is checked below",
    "make test": "it would start these tests again; the target is checked below",
    "matsluice ui my-campaign/campaign.toml": "it serves until stopped; test_ui.py opens both pages",
    "matsluice serve my-campaign/campaign.toml": "it serves until stopped; schedules/test_every_minute.py has it run",
    "python benchmarks/featurize.py": "the test command never runs benchmarks; the file is checked below",
}
NUMBER = re.compile(r"\d+(?:\.\d+)?")
SPECS = {spec.__name__: spec for spec in (BlockSpec, ModelSpec, SourceSpec, SplitSpec)}


@dataclass(frozen=True, slots=True)
class Fence:
    """A block between ``` marks: its language, its text, the line it begins at."""

    language: str
    text: str
    line: int

    @property
    def steps(self) -> list[str]:
        """What a person enters: the lines of a shell block, a Python block whole."""
        if self.language == "python":
            return [self.text]
        return self.text.splitlines() if self.language == "bash" else []


FENCES = [
    Fence(match[1], match[2], TEXT.count("\n", 0, match.start()) + 1)
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
]
FIRST_CAMPAIGN_ENDS = TEXT[: TEXT.index("## Use the champion")].count("\n")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
STEPS = [(fence.line, step) for fence in FENCES for step in fence.steps]
TREE = next(fence.text for fence in FENCES if fence.text.startswith("workspace/"))
MARKED = re.findall(r"`([^`\n]+)`", PROSE)
MAKE_TARGETS = sorted(set(re.findall(r"\bmake ([a-z][a-z-]*)\b(?=[`\n])", TEXT)))
# Words in code marks that are files of the checkout; NAME stands for what a reader adds.
PATHS = sorted(
    {word for quote in MARKED for word in quote.split() if re.fullmatch(r"[\w.-]+/[\w./-]+\.\w+", word)}
    | {word for quote in MARKED for word in quote.split() if re.fullmatch(r"(tests|benchmarks)/[\w/]+", word)}
    | {target for target in re.findall(r"\]\(([^)]+)\)", PROSE) if "://" not in target}
    | {word for _, step in STEPS for word in step.split() if word.startswith("benchmarks/")}
)


@dataclass(frozen=True, slots=True)
class Followed:
    """The folder in which the README was followed, and what each step said."""

    folder: Path
    answers: dict[tuple[int, str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Followed:
    """Every step in the order of the README, the ones that are not run left out."""
    folder = tmp_path_factory.mktemp("readme")
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    answers = {}
    for fence in FENCES:
        for step in fence.steps:
            if step in NOT_RUN:
                continue
            answers[fence.line, step] = subprocess.run(
                [sys.executable, "-c", step] if fence.language == "python" else ["bash", "-euc", step],
                cwd=folder,
                env={**environment, "PATH": path},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_S,
            )
    return Followed(folder, answers)


@pytest.mark.parametrize(
    "place", STEPS, ids=[f"line-{line}-{step.split(chr(10))[0][:50]}" for line, step in STEPS]
)
def test_step_works(place: tuple[int, str], followed: Followed) -> None:
    if place[1] in NOT_RUN:
        pytest.skip(NOT_RUN[place[1]])
    answer = followed.answers[place]
    assert answer.returncode == 0, answer.stderr


def test_every_block_has_a_language_known_here() -> None:
    assert len(re.findall(r"^ *```", TEXT, re.MULTILINE)) == 2 * len(FENCES)
    assert {fence.language for fence in FENCES} == {"bash", "python", "text", "toml"}


def test_only_what_the_readme_says_is_left_out() -> None:
    assert set(NOT_RUN) <= {step for _, step in STEPS}


def test_output_is_as_printed(followed: Followed) -> None:
    compared = 0
    for before, fence in pairwise(FENCES):
        answers = [followed.answers[before.line, step] for step in before.steps if step not in NOT_RUN]
        if fence.language != "text" or fence.text == TREE or not answers:
            continue
        printed = [line for answer in answers for line in answer.stdout.splitlines()]
        for line in filter(None, fence.text.splitlines()):
            assert any(says_the_same(line, other) for other in printed), f'README.md says "{line}"; {printed}'
            compared += 1
    assert compared > 0


def says_the_same(line: str, other: str) -> bool:
    """Whether the words are equal and the numbers within 5 %: another processor may round otherwise."""
    words = [NUMBER.sub("#", " ".join(each.split())) for each in (line, other)]
    numbers = [[float(number) for number in NUMBER.findall(each)] for each in (line, other)]
    return words[0] == words[1] and numbers[0] == pytest.approx(numbers[1], rel=0.05)


def test_workspace_tree_is_what_a_run_leaves(followed: Followed) -> None:
    folder = followed.folder / "my-campaign"
    names: list[str] = []
    for line in TREE.splitlines():
        names[(len(line) - len(line.lstrip())) // 2 :] = [line.split()[0].rstrip("/")]
        if "where it has one" in line:
            continue
        assert list(folder.glob(re.sub(r"<\w+>", "*", "/".join(names)))), line


def test_every_file_of_a_run_is_in_the_tree(followed: Followed) -> None:
    workspace = followed.folder / "my-campaign" / "workspace"
    run = (workspace / "runs" / "my-campaign" / "latest").resolve()
    inner = {"state.json", "progress.json", "report_data.json"}  # how a run goes on, no result
    assert {path.name for path in run.iterdir()} - inner <= {line.split()[0] for line in TREE.splitlines()}
    assert {path.name for path in workspace.iterdir()} <= set(re.findall(r"\w[\w.]*", TREE))


def test_report_is_where_the_readme_says(followed: Followed) -> None:
    reports = [word for word in MARKED if word.endswith("report.html")]
    assert reports
    assert all((followed.folder / path).is_file() for path in reports)


def test_keys_to_change_stand_in_the_starter(followed: Followed) -> None:
    starter = (followed.folder / "my-campaign" / "campaign.toml").read_text(encoding="utf-8")
    lines = {line.split("#")[0].strip() for line in starter.splitlines()}
    changes = [
        fence.text for fence in FENCES if fence.language == "toml" and fence.line < FIRST_CAMPAIGN_ENDS
    ]
    assert changes
    assert {line.split("#")[0].strip() for text in changes for line in text.splitlines()} <= lines


def test_other_keys_are_ones_a_campaign_file_may_have() -> None:
    later = [fence for fence in FENCES if fence.language == "toml" and fence.line > FIRST_CAMPAIGN_ENDS]
    assert later
    for fence in later:
        for section, table in tomllib.loads(fence.text).items():
            fields = dict(SECTIONS[section].model_fields)
            if section == "cluster":
                module, _, name = CLUSTERS[table["kind"]].options.partition(":")
                fields |= getattr(import_module(module), name).model_fields
            assert set(table) <= {field.alias or name for name, field in fields.items()}, fence.text


def test_commands_are_those_of_the_help() -> None:
    asked = [str(Path(sys.executable).with_name("matsluice")), "--help"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    there = set(re.findall(r"^  ([a-z-]+)  ", said.partition("Commands:")[2], re.MULTILINE))
    assert set(re.findall(r"^\| `matsluice ([a-z-]+)", TEXT, re.MULTILINE)) == there
    entered = "\n".join([*MARKED, *(step for _, step in STEPS)])
    assert set(re.findall(r"^matsluice ([a-z-]+)", entered, re.MULTILINE)) <= there


@pytest.mark.parametrize("target", MAKE_TARGETS)
def test_make_target_exists(target: str) -> None:
    # -n prints what would be done and does nothing.
    asked = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr


def test_both_make_commands_are_there() -> None:
    assert {"demo", "test"} <= set(MAKE_TARGETS)


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("my-campaign/")])
def test_path_exists(path: str) -> None:
    assert (ROOT / path).exists() if "NAME" not in path else (ROOT / path).parent.is_dir()


@pytest.mark.parametrize("line", [quote for quote in MARKED if re.match(r"\w+Spec\(", quote)])
def test_registry_line_can_be_written_like_this(line: str) -> None:
    spec = eval(line, {"__builtins__": {}}, dict(SPECS))
    assert "NAME" in spec.name


def test_every_registry_has_its_line() -> None:
    assert {quote.partition("(")[0] for quote in MARKED if "Spec(" in quote} == set(SPECS)
