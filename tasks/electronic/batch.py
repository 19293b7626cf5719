"""Many documents of electronic structure, read one after the other when a block asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matsluice.infra.mistakes import Failed
from matsluice.tasks.electronic.documents import document_key
from matsluice.tasks.electronic.reader import read_record
from matsluice.tasks.electronic.record import CannotRead, ElectronicRecord


@dataclass(frozen=True, slots=True)
class ElectronicBatch:
    """Documents that are read late, so that memory does not grow with their number.

    Attributes
    ----------
    documents : tuple of str
        Each the absolute path of a file or of a folder of a VASP run, or JSON text.

    Examples
    --------
    >>> batch = ElectronicBatch(('{"@class": "Dos"}', "/no/such/file", "{"))
    >>> len(batch), batch.take([2]).documents
    (3, ('{',))
    >>> [str(record) for record in batch.slice(1, 2).records()]
    ['there is no file or folder "/no/such/file"']
    """

    documents: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many documents there are."""
        return len(self.documents)

    def slice(self, start: int, stop: int) -> ElectronicBatch:
        """Return the documents from `start` up to `stop`."""
        return ElectronicBatch(self.documents[start:stop])

    def take(self, rows: Iterable[int]) -> ElectronicBatch:
        """Return the documents of some rows, in their order."""
        return ElectronicBatch(tuple(self.documents[int(row)] for row in rows))

    def keys(self) -> list[str]:
        """Return the hash of each document's content, 32 hexadecimal digits; see `document_key`.

        Raises
        ------
        CannotRead
            For a document that is not there; `document_key` asks for one at a time.
        """
        return [document_key(document) for document in self.documents]

    def check_unchanged(self, keys: Sequence[str]) -> None:
        """Raise Failed where a document's content is no longer what it was when these keys were taken."""
        for document, key in zip(self.documents, keys, strict=True):
            try:
                changed = document_key(document) != key
            except CannotRead:
                changed = True
            if changed:
                raise Failed(
                    f"{document} has changed since the input was frozen: the same command starts a new run with it"
                )

    def records(self) -> Iterator[ElectronicRecord | CannotRead]:
        """Yield each document's record, or why there is none."""
        for document in self.documents:
            try:
                record: ElectronicRecord | CannotRead = read_record(document)
            except CannotRead as refusal:
                record = refusal
            yield record
