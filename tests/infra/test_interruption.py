"""Signals to a real child process: the first is a wish, the second an exit at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from matsluice.infra import interruption
from matsluice.infra.interruption import (
    EXIT_INTERRUPTED,
    check_stop,
    listening_to_signals,
    request_stop,
    stop_requested,
    wait_for_stop,
)
from matsluice.infra.mistakes import Interrupted

StartChild = Callable[..., "subprocess.Popen[str]"]

# Stops as a run does: it looks up between two pieces of work, and ends in order.
PATIENT = """
import time
from matsluice.infra.interruption import check_stop, listening_to_signals
from matsluice.infra.mistakes import Interrupted
with listening_to_signals():
    print("ready", flush=True)
    try:
        while True:
            check_stop()
            time.sleep(0.02)
    except Interrupted as stop:
        print(f"in order: {stop}", flush=True)
"""
# Has heard the wish and does not come to its end.
DEAF = """
import time
from matsluice.infra.interruption import listening_to_signals, wait_for_stop
with listening_to_signals():
    print("ready", flush=True)
    wait_for_stop()
    print("heard", flush=True)
    time.sleep(99)
"""


@pytest.fixture
def no_wish() -> Iterator[None]:
    """A test that asks this process to stop leaves no such wish behind."""
    yield
    interruption._wish.clear()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_ends_the_work_in_order(start_child: StartChild, number: signal.Signals) -> None:
    child = start_child(PATIENT)
    child.send_signal(number)
    said, _ = child.communicate(timeout=10)
    assert said == "in order: stopped on request; the same command goes on from here\n"
    assert child.returncode == 0


@pytest.mark.parametrize(
    ("first", "second"), [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)]
)
def test_the_second_signal_ends_the_process_at_once(
    start_child: StartChild, first: signal.Signals, second: signal.Signals
) -> None:
    child = start_child(DEAF)
    child.send_signal(first)
    assert child.stdout is not None
    assert child.stdout.readline() == "heard\n"
    before = time.monotonic()
    child.send_signal(second)
    assert child.wait(timeout=10) == EXIT_INTERRUPTED
    assert time.monotonic() - before < 2.0


def test_a_wish_is_an_exception_wherever_work_looks_up(no_wish: None) -> None:
    check_stop()
    assert not stop_requested()
    request_stop()
    assert stop_requested()
    with pytest.raises(Interrupted, match="the same command goes on"):
        check_stop()
    wait_for_stop()


def test_listening_begins_without_a_wish_and_gives_the_handlers_back(no_wish: None) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    request_stop()
    with listening_to_signals():
        assert not stop_requested()
        assert signal.getsignal(signal.SIGTERM) is not before[1]
        signal.raise_signal(signal.SIGTERM)
        assert stop_requested()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_handlers_come_back_after_an_error_too(no_wish: None) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyError), listening_to_signals():
        raise KeyError
    assert signal.getsignal(signal.SIGINT) is before


def test_exit_code_is_the_one_the_command_line_promises() -> None:
    program = "from matsluice.flows.command_line.app import EXIT_INTERRUPTED as code; print(code)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(answer.stdout) == EXIT_INTERRUPTED


SUPERVISED = """
import sys
from matsluice.infra.interruption import listening_to_a_supervisor, stop_requested, wait_for_stop, wait_for_termination
with listening_to_a_supervisor():
    print("ready", flush=True)
    wait_for_stop()
    print(stop_requested(), wait_for_termination(0.0), flush=True)
    sys.stdin.readline()
print("ended in good order", flush=True)
"""


def test_a_supervised_run_leaves_ctrl_c_alone_and_bears_two_sigterms() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdin is not None
    assert program.stdout.readline() == "ready\n"
    program.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(1.5)
    program.send_signal(signal.SIGTERM)
    assert program.stdout.readline() == "True True\n"
    program.send_signal(signal.SIGTERM)
    program.stdin.write("\n")
    program.stdin.flush()
    assert program.stdout.readline() == "ended in good order\n"
    assert program.wait(30) == 0
    program.stdin.close()
    program.stdout.close()
