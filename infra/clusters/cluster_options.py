"""What the keys of every kind of cluster have in common."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)


def _one_line(text: str) -> str:
    if "\n" in text or "\r" in text:
        raise ValueError(
            f'got "{text.splitlines()[0]}" and more lines; write each line as an item of the list'
        )
    return text


Line = Annotated[str, AfterValidator(_one_line)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.,:@+=-]*$", max_length=200)]
# A shell variable may stand in it, since every node may have its own.
Folder = Annotated[str, StringConstraints(pattern=r"^([/$][^\s\"'`;&|<>()]*)?$", max_length=1000)]


class ClusterOptions(BaseModel):
    """The keys that one kind of cluster has beside those of every kind, as [cluster] of a campaign file gives them.

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is
    answered with. The validation context's "folder" is the campaign file's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def check_with(self, workers: int) -> None:
        """Raise ValueError where the keys do not go with the number of workers."""


class EncryptedOptions(ClusterOptions):
    """Keys of a cluster whose client, scheduler and workers can know one another by certificates.

    Attributes
    ----------
    tls
        Absolute path of the folder with them, or "".
    """

    tls: str = Field(
        default="",
        description='the folder that `matsluice cluster certs` has made, such as "certs", or "" for no encryption',
    )

    @field_validator("tls")
    @classmethod
    def _beside_the_file(cls, tls: str, info: ValidationInfo) -> str:
        folder = Path((info.context or {}).get("folder", "."))
        return os.path.abspath(folder / tls) if tls else ""  # noqa: PTH100 - symbolic links are kept


class GrowingOptions(ClusterOptions):
    """Keys of a cluster whose workers the run starts, and whose number may follow the work.

    Attributes
    ----------
    min_workers
        How many workers are kept while there is nothing to do; None: their number is always `workers`.
    """

    min_workers: int | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="how many workers stay when there is nothing to do, a whole number up to workers",
    )

    def check_with(self, workers: int) -> None:
        """Raise ValueError where there would be more workers at least than at most."""
        if self.min_workers is not None and self.min_workers > workers:
            raise ValueError(
                f"min_workers = {self.min_workers} is above workers = {workers}: the number of workers goes from "
                "min_workers to workers; lower the one or raise the other"
            )
