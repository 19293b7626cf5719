"""What a source would give, named by the content of its files."""

from __future__ import annotations

from pathlib import Path

from matsluice.tasks.ingest.fingerprint import READ_BYTES, files_fingerprint


def test_names_and_bytes_count_and_folders_and_times_do_not(tmp_path: Path) -> None:
    one, moved, renamed, changed = (tmp_path / name for name in ("a/t.csv", "b/t.csv", "a/u.csv", "c/t.csv"))
    for path, content in ((one, b"x"), (moved, b"x"), (renamed, b"x"), (changed, b"y")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert files_fingerprint([one]) == files_fingerprint([moved])
    assert len({files_fingerprint([path]) for path in (one, renamed, changed)}) == 3


def test_bytes_do_not_move_from_one_file_to_the_next(tmp_path: Path) -> None:
    def fingerprint(first: bytes, second: bytes) -> str:
        (tmp_path / "a").write_bytes(first)
        (tmp_path / "b").write_bytes(second)
        return files_fingerprint([tmp_path / "a", tmp_path / "b"])

    assert fingerprint(b"12", b"3") != fingerprint(b"1", b"23")
    assert fingerprint(b"12", b"") != fingerprint(b"", b"12")


def test_the_end_of_a_large_file_counts(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * (READ_BYTES + 1))
    before = files_fingerprint([tmp_path / "a"])
    (tmp_path / "a").write_bytes(b"x" * READ_BYTES + b"y")
    assert files_fingerprint([tmp_path / "a"]) != before
