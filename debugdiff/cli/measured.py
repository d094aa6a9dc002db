"""What commands that run nothing read: the store, or a bundle that is named among the cases."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.archives import is_zip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.campaign import RunRequest
    from debugdiff.cli.options import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was asked for, with the file of claims of a bundle; `None` for the store."""

    request: RunRequest
    claims: Path | None = None


@contextmanager
def measured(selection: Selection) -> Iterator[Measured]:
    """What was asked for, as long as a bundle is unpacked for it.

    Raises:
        DebugdiffError: a name or a path is not usable, or the bundle is not.
    """
    from debugdiff.campaign.unbundling import opened_bundle  # noqa: PLC0415 - not for `--help`

    named = [text for text in selection.case or () if is_zip(text)]
    if not named:
        yield Measured(request=selection.request())
        return
    others = [text for text in selection.case or () if text != named[0]]
    with opened_bundle(Path(named[0])) as bundle:
        request = narrowed(bundle.request, replace(selection, case=others))
        yield Measured(request=request, claims=bundle.claims)


def narrowed(request: RunRequest, selection: Selection) -> RunRequest:
    """The request of a bundle, with what was chosen of it."""
    from debugdiff.choosing import bugs_among, cases_among, stacks_among  # noqa: PLC0415 - pydantic is slow
    from debugdiff.cli import selection as parse  # noqa: PLC0415

    return replace(
        request,
        cases=cases_among(request.cases, selection.case or ()),
        bugs=bugs_among(request.bugs, selection.bug, selection.category),
        frameworks=parse.once(selection.framework) or request.frameworks,
        styles=parse.once(selection.style) or request.styles,
        stacks=stacks_among(request.stacks, selection.stack),
        modes=parse.parse_modes(selection.mode) or request.modes,
        seeds=parse.once(selection.seed) or request.seeds,
    )
