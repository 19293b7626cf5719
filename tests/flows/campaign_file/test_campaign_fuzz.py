"""Whatever stands in the file, it is a campaign or an answer of one line a mistake."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsluice.flows.campaign_file import Campaign, load_campaign
from matsluice.infra.mistakes import InvalidInput

RIGHT = (Path(__file__).parents[3] / "flows/campaign_file/first-campaign/campaign.toml").read_text(
    encoding="utf-8"
)
PIECES = [
    *"[]{}=\"'#,.\n\\ ",
    *("[[", "]]", '"""', "nan", "-inf", "true", "0x" + "f" * 9000, "9" * 30, "1979-05-27", "07:32:00"),
    *("1e400", "\\u0000", "\x00", "\r", "é", "\u2028", "../", "**", "~", "~nobody/", "[models.params]"),
    *(
        "[[models]]",
        "[screen]",
        "search = {}",
        "a.b.c = 1",
        "params = {}",
        "name = ",
        "sqlite:///",
        "http://[",
    ),
    *("{ Cu = [[]] }", "[" * 90 + "]" * 90),
]
VALUES = [
    *(
        "1",
        "-1",
        "0.5",
        "true",
        '""',
        '"x"',
        "[]",
        "[[]]",
        "[1, 'a']",
        "{}",
        "{ a = 1 }",
        "nan",
        "[{ a = [] }]",
    ),
    *("1979-05-27T07:32:00Z", "0x" + "f" * 9000, '"\\u0000"', '"/"', '"\\U0010FFFF"', f'"{"a" * 9000}"'),
]
cut = st.tuples(st.integers(0, len(RIGHT)), st.integers(0, 12), st.sampled_from(PIECES))
fuzzed = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(folder: Path, content: bytes) -> None:
    file = folder / "campaign.toml"
    file.write_bytes(content)
    (folder / "measured_band_gaps.csv").write_text("composition,band_gap\n")
    try:
        assert isinstance(load_campaign(file), Campaign)
    except InvalidInput as answer:
        for line in str(answer).splitlines():
            assert str(file) in line
            assert line.isprintable()


@given(content=st.binary(max_size=200))
@fuzzed
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    read(tmp_path, content)


@given(cuts=st.lists(cut, max_size=4))
@fuzzed
def test_any_damage_to_a_right_file(tmp_path: Path, cuts: list[tuple[int, int, str]]) -> None:
    text = RIGHT
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    read(tmp_path, text.encode())


@given(data=st.data())
@fuzzed
def test_any_value_in_place_of_a_right_one(tmp_path: Path, data: st.DataObject) -> None:
    lines = RIGHT.splitlines()
    places = [i for i, line in enumerate(lines) if " = " in line and not line.startswith("# (")]
    i = data.draw(st.sampled_from(places))
    value = data.draw(st.sampled_from(VALUES))
    lines[i] = f"{lines[i].removeprefix('# ').split(' = ')[0]} = {value}"
    read(tmp_path, "\n".join(lines).encode())
