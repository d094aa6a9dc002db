"""Zip files: the same members always give the same bytes."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold: its members have no time."""
_MODE = 0o100644 << 16
_UNIX = 3


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Members by name as a zip: sorted, without times and owners."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system, member.external_attr = _UNIX, _MODE
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, members[name])
    return data.getvalue()
