"""A block's values in the order they are asked for, some of them in memory at a time, from one pass over its table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from matsluice.infra.feature_store.block_table import BlockTable
from matsluice.infra.feature_store.filling import Filled, filled_from
from matsluice.infra.feature_store.placed_rows import Placing, placed_row
from matsluice.infra.feature_store.reading import whole_parts
from matsluice.infra.feature_store.wanted_keys import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Values of one window, unless there would be more windows than files may be open; and what is read back at a time.
WINDOW_BYTES = 1 << 23
MOST_WINDOWS = 128
READ_BYTES = 1 << 22


def fill_windows(
    table: BlockTable, keys: NDArray[np.bytes_], scratch: Path
) -> Iterator[tuple[int, NDArray[np.float64], Filled]]:
    """Give the values of the keys (n,) window by window: the first place, values (rows, columns), and the rest.

    The table's order is any. So its rows are first dealt out to a file for each window, and each of these is then
    put in order in memory. That takes the room of the block's values in `scratch` for the time it lasts, and reads
    the table once however many windows there are.

    Parameters
    ----------
    table, keys
        What is looked for; one key may stand at several places.
    scratch
        A folder for the files, which have no names.

    Yields
    ------
    The values are to be used before the next window is asked for.

    Raises
    ------
    DamagedPart, MissingRows
        As `fill`.
    """
    n, width = len(keys), len(table.columns)
    if not n:
        return
    rows = max(1, WINDOW_BYTES // (8 * width), -(-n // MOST_WINDOWS))
    placing = Placing(table, Wanted.of(keys, scratch))
    placed = placing.placed(whole_parts(table, strict=True))
    if n <= rows:
        out = np.empty((n, width))
        yield 0, out, filled_from(placed, placing, keys, out)
        return
    firsts = range(0, n, rows)
    window = np.empty((rows, width))
    with ExitStack() as opened:
        files = [opened.enter_context(tempfile.TemporaryFile(dir=scratch)) for _ in firsts]
        deal_out(placed, firsts, files)
        for first, file in zip(firsts, files, strict=True):
            out = window[: n - first]
            yield first, out, filled_from(_read_back(file, width), placing, keys, out, first)
            file.close()


def deal_out(placed: Iterable[NDArray[Any]], firsts: Sequence[int], files: Sequence[IO[bytes]]) -> None:
    """Write each row, which come by ascending place, to the file of the window that its place is in."""
    for some in placed:
        bounds = np.searchsorted(some["place"], [*firsts[1:], np.iinfo(np.int64).max]).tolist()
        for start, stop, file in zip([0, *bounds[:-1]], bounds, files, strict=True):
            if start < stop:
                file.write(some[start:stop].view(np.uint8).data)


def _read_back(file: IO[bytes], width: int) -> Iterator[NDArray[Any]]:
    """Give the rows of a file, of different places at a time."""
    kind = placed_row(width)
    rows_at_most = max(1, READ_BYTES // kind.itemsize)
    # numpy reads behind Python's back, from where the file itself stands.
    file.flush()
    file.seek(0)
    while len(some := np.fromfile(file, kind, rows_at_most)):
        places = some["place"]
        if len(np.unique(places)) == len(places):
            yield some
        else:  # a row that was computed twice stands in two pieces, within which places ascend
            yield from np.split(some, 1 + np.flatnonzero(np.diff(places) <= 0))
