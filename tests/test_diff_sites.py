"""What the sites of a run are, told from their classes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from debugdiff.model import SitePlace
from debugdiff.run_diff.sites import is_random

if TYPE_CHECKING:
    from debugdiff.run_diff.comparing import Recorded


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("torch.nn.modules.dropout.Dropout2d", True),
        ("keras.src.layers.GaussianNoise", True),
        ("keras.src.layers.RandomFlip", True),
        ("__main__.Sampling", True),
        ("vae.SampleLatent", True),
        ("vae.Reparameterize", True),
        ("keras.src.layers.UpSampling2D", False),
        ("torch.nn.modules.linear.Linear", False),
        ("__main__.Resampler", False),
    ],
)
def test_a_layer_that_draws_random_numbers_is_known_by_its_class(
    kind: str, *, expected: bool
) -> None:
    record = SimpleNamespace(places=(SitePlace(site="layer", kind=kind),))
    run = cast("Recorded", SimpleNamespace(record=record))
    assert is_random("layer", run) is expected
