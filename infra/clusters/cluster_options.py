"""What the keys of every kind of cluster have in common."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator


class ClusterOptions(BaseModel):
    """The keys that one kind of cluster has beside those of every kind, as [cluster] of a campaign file gives them.

    `tls` is known to all of them, since each hands it to scheduler, workers and client in its own way: the absolute
    path of a folder with their certificates, or "".

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is
    answered with. The validation context's "folder" is the campaign file's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    tls: str = Field(
        default="",
        description='the folder that `matsluice cluster certs` has made, such as "certs", or "" for no encryption',
    )

    @field_validator("tls")
    @classmethod
    def _beside_the_file(cls, tls: str, info: ValidationInfo) -> str:
        folder = Path((info.context or {}).get("folder", "."))
        return os.path.abspath(folder / tls) if tls else ""  # noqa: PTH100 - symbolic links are kept
