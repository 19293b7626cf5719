from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from matsluice.infra.metrics import MetricsPlace, RunCounts, counting, counts, place_chosen, showing_metrics
from matsluice.infra.metrics.counts import Price
from matsluice.infra.metrics.shown import place_named
from matsluice.infra.mistakes import InvalidInput

OPERATORS = Path(__file__).parents[3] / "infra" / "prometheus"
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian's package prometheus)"
)


def scraped(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return (name, label values…) → value."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def busy() -> RunCounts:
    """The counts of a run in the middle of featurization."""
    run = RunCounts(campaign="gaps", run_id="20260504", version="0.1", price=Price(0.36, "EUR"))
    run.begin("ingest")
    run.advance("ingest", 100, "rows")
    run.end("ingest")
    run.begin("featurize", earlier_seconds=50.0)
    run.expect("featurize", 200, "material × block")
    run.advance("featurize", 40, "material × block", {"timeout": 3, "raised": 1})
    run.sent(9)
    run.call_done(2.5)
    run.call_again()
    run.cluster(4, 8)
    run.cluster(3, 6, lost=1)
    run.core_seconds = 1000.0
    run.outbox = 2
    return run


def test_a_scrape_shows_what_was_counted(busy: RunCounts) -> None:
    with showing_metrics(busy, MetricsPlace(port=0)) as address:
        assert address.startswith("http://127.0.0.1:")
        found = samples(scraped(address))
        busy.sent(-9)
        assert samples(scraped(address))["matsluice_chunks_in_flight",] == 0
    assert found["matsluice_run_info", "gaps", "20260504", "0.1"] == 1
    assert found["matsluice_work_done_total", "ingest", "rows"] == 100
    assert found["matsluice_work_done_total", "featurize", "material × block"] == 40
    assert found["matsluice_work_expected", "featurize", "material × block"] == 200
    assert found["matsluice_work_rejected_total", "timeout", "featurize"] == 3
    assert found["matsluice_chunks_in_flight",] == 9
    assert found["matsluice_chunks_done_total", "featurize"] == 1
    assert found["matsluice_chunk_seconds_total", "featurize"] == 2.5
    assert found["matsluice_chunk_retries_total",] == 1
    assert (found["matsluice_workers",], found["matsluice_worker_threads",]) == (3, 6)
    assert found["matsluice_workers_lost_total",] == 1
    assert found["matsluice_stage", "featurize"] == 1
    assert found["matsluice_stage", "ingest"] == 0
    assert found["matsluice_stage_seconds_total", "featurize"] >= 50
    assert found["matsluice_work_per_second", "featurize", "material × block"] > 0
    assert found["matsluice_core_seconds_total",] >= 1000
    assert found["matsluice_price_total", "EUR"] == pytest.approx(
        found["matsluice_core_seconds_total",] / 3600 * 0.36
    )
    assert found["matsluice_mlflow_outbox_records",] == 2
    assert found["matsluice_running",] == 1
    with pytest.raises(OSError, match=r"refused"):
        scraped(address)


def test_core_seconds_are_threads_times_time() -> None:
    run = RunCounts()
    run.cluster(2, 4)
    began = time.monotonic()
    time.sleep(0.2)
    run.cluster(0, 0)
    passed = time.monotonic() - began
    assert 4 * 0.2 <= run.core_seconds <= 4 * passed + 0.1
    spent = run.core_seconds_now()
    time.sleep(0.05)
    assert run.core_seconds_now() == spent  # no workers cost nothing


def test_the_file_has_the_last_numbers_when_the_run_is_over(busy: RunCounts, tmp_path: Path) -> None:
    file = tmp_path / "matsluice.prom"
    with showing_metrics(busy, MetricsPlace(file=file)) as address:
        assert address == ""
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert samples(file.read_text())["matsluice_running",] == 1
        busy.ended = "failed"
    found = samples(file.read_text())
    assert found["matsluice_running",] == 0
    assert found["matsluice_run_ended", "failed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_counts_belong_to_the_run_under_way() -> None:
    with counting() as run:
        counts().sent(2)
        assert run.in_flight == 2
    counts().sent(5)
    assert (run.in_flight, counts().in_flight) == (2, 0)


@pytest.mark.parametrize("given", ["x", "-1", "70000", "9464 ", "²"])
def test_a_port_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput, match="give a port from 1 to 65535"):
        place_named({"MATSLUICE_METRICS_PORT": given})


def test_what_a_person_says_goes_before_the_environment(tmp_path: Path) -> None:
    environment = {"MATSLUICE_METRICS_PORT": "1", "MATSLUICE_METRICS_HOST": "10.0.0.1"}
    assert place_chosen(environment, 2, "", None) == MetricsPlace(2, "10.0.0.1", None)
    assert place_chosen({}, None, "", tmp_path) == MetricsPlace(None, "127.0.0.1", tmp_path)


def test_a_taken_port_and_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InvalidInput, match="in use"):
            MetricsPlace(port=taken.getsockname()[1]).check()
    with pytest.raises(InvalidInput, match=r"end in \.prom"):
        MetricsPlace(file=tmp_path / "metrics.txt").check()
    with pytest.raises(InvalidInput, match="cannot be written"):
        MetricsPlace(file=tmp_path / "no" / "metrics.prom").check()


@needs_promtool
def test_promtool_finds_nothing_to_say_about_the_names(busy: RunCounts) -> None:
    with showing_metrics(busy, MetricsPlace(port=0)) as address:
        text = scraped(address)
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@needs_promtool
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yaml"),
        ("check", "config", "--syntax-only", "scrape.yaml"),
        ("test", "rules", "alerts.test.yaml"),
    ],
)
def test_the_operators_files_are_valid_and_every_alert_fires(words: tuple[str, ...]) -> None:
    checked = subprocess.run(["promtool", *words], cwd=OPERATORS, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_alert_has_a_test() -> None:
    text = (OPERATORS / "alerts.test.yaml").read_text()
    named = re.findall(r"- alert: (\w+)", (OPERATORS / "alerts.yaml").read_text())
    assert len(named) > 5
    for name in named:
        assert f"alertname: {name}, exp_alerts: []" in text
        assert f'alertname="{name}"' in text


def expressions() -> list[str]:
    board = json.loads((OPERATORS / "dashboard.json").read_text())
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_board_and_alerts_ask_for_metrics_that_there_are(busy: RunCounts) -> None:
    with showing_metrics(busy, MetricsPlace(port=0)) as address:
        there = {name for name, *_ in samples(scraped(address))}
    rules = (OPERATORS / "alerts.yaml").read_text()
    asked = set(re.findall(r"\bmatsluice_[a-z_]+", " ".join([*expressions(), rules])))
    busy_but_not_ended = {"matsluice_rows"}  # known when features are assembled
    assert asked - there - busy_but_not_ended == set()
    assert len(asked) > 15


@needs_promtool
def test_the_boards_expressions_can_be_read(tmp_path: Path) -> None:
    rules = [{"record": f"board:{number}", "expr": text} for number, text in enumerate(expressions())]
    file = tmp_path / "rules.json"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    checked = subprocess.run(
        ["promtool", "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
