"""Files that cannot be read, and how several mistakes are told at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import pytest

from matsluice.flows.campaign_file import load_campaign
from matsluice.infra.mistakes import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

Refusal: TypeAlias = Callable[[str | bytes], list[str]]


def test_the_text_the_cases_start_from_is_right(tmp_path: Path, right: str, screen: str) -> None:
    (tmp_path / "table.csv").write_text("composition,gap\n")
    (tmp_path / "campaign.toml").write_text(right + screen)
    assert load_campaign(tmp_path / "campaign.toml").name == "gaps"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "campaign.toml is empty; `matsluice init DIR` writes a campaign file to start from"),
        (b" \n\n", "campaign.toml is empty"),
        (b'[campaign]\nname = "\xe9"', "campaign.toml:2: not UTF-8 (byte 0xE9); save the file as UTF-8"),
        (b"\xff\xfe[\x00", "campaign.toml:1: not UTF-8 (byte 0xFF)"),
        (b"[campaign\nname = 1", "campaign.toml:1:10: not TOML: Expected ']'"),
        (
            b"[campaign]\nname = gaps",
            "campaign.toml:2:8: not TOML: Invalid value; a text needs quotes, as in name =",
        ),
        (b'[campaign]\nname = "gaps', "campaign.toml:2: not TOML: Unterminated string"),
        (b"a = " + b"[" * 20_000, "campaign.toml is not usable: its lists or tables are nested too deeply"),
        (b"a = " + b"9" * (sys.get_int_max_str_digits() + 1), "a number with too many digits"),
        (b"#" * (4 * 1024**2 + 1), "campaign.toml is larger than 4 MiB; is it a campaign file?"),
    ],
)
def test_file_that_is_no_toml(refusal: Refusal, content: bytes, said: str) -> None:
    (line,) = refusal(content)
    assert said in line


def test_all_mistakes_come_at_once_in_the_order_of_the_file(refusal: Refusal, right: str) -> None:
    text = right.replace("name", "nmae").replace("magpie", "magpei").replace("folds = 3", "folds = 0")
    assert [line.split(": ")[:2] for line in refusal(text.replace('"ridge"', '"rigde"'))] == [
        ["campaign.toml:1", "campaign.name"],
        ["campaign.toml:2", "campaign.nmae"],
        ["campaign.toml:12", "features.blocks[0]"],
        ["campaign.toml:14", "validation.folds"],
        ["campaign.toml:16", "models[0].kind"],
    ]


def test_missing_sections_come_last(refusal: Refusal, right: str) -> None:
    lines = refusal('[campaign]\nname = "x"\nsead = 3\n')
    assert lines[0].startswith('campaign.toml:3: campaign.sead: unknown key "sead": did you mean "seed"?')
    assert [line.split(": ", 2)[2] for line in lines[1:]] == [
        "the section [data] is missing",
        "the section [[targets]] is missing",
        "the section [features] is missing",
        "the section [[models]] is missing",
    ]


def test_key_with_a_line_break_stays_on_its_line(refusal: Refusal, right: str) -> None:
    (line,) = refusal(right.replace("[data]", '"a\\nb\\u2028" = 1\n[data]'))
    assert line.startswith("campaign.toml:3: campaign.")


def test_missing_file_names_the_nearest(tmp_path: Path, right: str) -> None:
    (tmp_path / "campaign.toml").write_text(right)
    with pytest.raises(
        InvalidInput, match=r'there is no file .*campain\.toml: did you mean ".*campaign\.toml"\?'
    ):
        load_campaign(tmp_path / "campain.toml")


def test_folder_names_the_file_in_it(tmp_path: Path, right: str) -> None:
    with pytest.raises(InvalidInput, match=r"is a folder without a campaign\.toml"):
        load_campaign(tmp_path)
    (tmp_path / "campaign.toml").write_text(right)
    with pytest.raises(InvalidInput, match=r"is a folder: name the file, .*campaign\.toml"):
        load_campaign(tmp_path)
