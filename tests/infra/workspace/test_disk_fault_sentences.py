"""Errors of a disk, as each library tells them, in one sentence with the file where it is known."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from matsluice.infra.mistakes import Hindered, InvalidInput
from matsluice.infra.workspace.atomic_files import save_array, take_room, written_whole
from matsluice.infra.workspace.disk_faults import SENTENCES, disk_fault, disk_faults_said

PLACE = Path("/w")


@pytest.mark.parametrize("number", SENTENCES)
def test_every_fault_has_a_sentence(number: int) -> None:
    for error in (
        OSError(number, os.strerror(number), "/w/a"),
        RuntimeError(f"failed: {os.strerror(number)}"),
    ):
        fault = disk_fault(error, PLACE)
        assert isinstance(fault, Hindered)
        assert str(fault).endswith("and the same command goes on")
        assert "/w" in str(fault)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(sqlite3.OperationalError) database or disk is full", "is full"),
        ("Generic LocalFileSystem error: Unable to copy data to file: ... (os error 28)", "is full"),
        ("attempt to write a readonly database", "is read-only"),
        ("disk I/O error", "input/output error"),
    ],
)
def test_libraries_that_say_it_in_words(text: str, said: str) -> None:
    assert said in str(disk_fault(ValueError(text), PLACE))


@pytest.mark.parametrize(
    "error", [ValueError("12 rows are wrong"), OSError(errno.ENOENT, "no such file", "/w/a"), OSError("odd")]
)
def test_other_errors_are_left_as_they_are(error: Exception) -> None:
    assert disk_fault(error, PLACE) is None
    with pytest.raises(type(error)), disk_faults_said(PLACE):
        raise error


def test_a_mistake_of_the_persons_stays_one() -> None:
    with pytest.raises(InvalidInput), disk_faults_said(PLACE):
        raise InvalidInput("the disk of that file: No space left on device")


def test_what_lies_behind_an_error_is_found() -> None:
    error = RuntimeError("the call failed")
    error.__cause__ = OSError(errno.EDQUOT, "Disk quota exceeded", "/w/part")
    with (
        pytest.raises(Hindered, match="the quota on the disk of /w/part is used up"),
        disk_faults_said(PLACE),
    ):
        raise error


def test_the_error_that_names_a_file_is_the_one_that_is_said() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/w/fold-0.npz")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert "the disk of /w/fold-0.npz is full" in str(disk_fault(error, PLACE))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_names_the_file_and_survives_the_way_from_a_worker(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    with (
        pytest.raises(OSError, match="No space left") as caught,
        written_whole(target),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    travelled = pickle.loads(pickle.dumps(caught.value))
    assert (travelled.errno, travelled.filename) == (errno.ENOSPC, str(target))
    assert str(target) in str(disk_fault(travelled, PLACE))
    assert list(tmp_path.iterdir()) == []


def test_room_is_taken_for_a_mapped_file(tmp_path: Path) -> None:
    path = tmp_path / "matrix.npy"
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(1000, 1000))
    take_room(path)
    matrix[:] = 1.0
    matrix.flush()
    assert path.stat().st_blocks * 512 >= 8_000_000
    assert np.load(path, mmap_mode="r")[-1, -1] == 1.0
    save_array(path, np.zeros(3))
    assert np.load(path).tolist() == [0, 0, 0]
