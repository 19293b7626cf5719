"""What the keys of every source have in common."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict


class SourceOptions(BaseModel):
    """The keys of one source, as [data] or screen.candidates of a campaign file give them.

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is
    answered with. Paths are resolved against the validation context's "folder" (the campaign file's), or the
    working directory where there is none; where its "files_must_exist" is false, they need not be there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @property
    def gives(self) -> frozenset[str]:
        """What a feature block may need that the rows have: composition, structure, electronic."""
        return frozenset({"composition"})

    @property
    def is_made(self) -> bool:
        """Whether the materials are made on the spot, so that nothing can be damaged further on."""
        return False

    def files(self) -> tuple[Path, ...]:
        """Return the files the source reads; none where it makes its materials."""
        return ()

    def named_files(self) -> Iterator[Path]:
        """Give the files that those of `files` name: a table may have a column with paths."""
        return iter(())

    def kept_in(self, folder: Path) -> Self:  # noqa: ARG002 - what a source that downloads takes
        """Return the options of a source that keeps what it downloads in a folder."""
        return self

    def without(self, excluded: frozenset[str]) -> Self:  # noqa: ARG002 - what a source that makes its materials takes
        """Return the options of a source that does not even make materials with these elements.

        A source that reads its materials gives them all the same.
        """
        return self
