"""Which sentinels are admitted, and with which threshold: measured on clean runs, never assumed."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from debugdiff.sentinels.registry import SENTINELS

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "admitted.json"


def published() -> Mapping[str, float]:
    """Every sentinel with the threshold of its source, calibrated or not."""
    return {sentinel.id: sentinel.threshold for sentinel in SENTINELS.values()}


@cache
def admitted() -> Mapping[str, float]:
    """The sentinels that are silent on clean runs, with the threshold at which they are."""
    text = (files("debugdiff.sentinels") / TABLE).read_text(encoding="utf-8")
    return {
        row["sentinel"]: row["threshold"]
        for row in json.loads(text)["sentinels"]
        if row["admitted"]
    }
