"""The numbers of rows as addresses hold them: no larger than either database can store."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

LARGEST = 2**63 - 1
RowId = Annotated[int, Path(ge=1, le=LARGEST)]
