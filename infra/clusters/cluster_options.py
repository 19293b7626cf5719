"""What the keys of every kind of cluster have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ClusterOptions(BaseModel):
    """The keys that one kind of cluster has beside those of every kind, as [cluster] of a campaign file gives them.

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is
    answered with. The validation context's "folder" is the campaign file's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def check_with(self, workers: int) -> None:
        """Raise ValueError where the keys do not go with the number of workers."""


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
