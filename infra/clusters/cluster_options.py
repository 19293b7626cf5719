"""What the keys of every kind of cluster have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ClusterOptions(BaseModel):
    """The keys that one kind of cluster has beside those of every kind, as [cluster] of a campaign file gives them.

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is
    answered with. The validation context's "folder" is the campaign file's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
