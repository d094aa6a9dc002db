"""How often the rules of `debugdiff verdict` find a planted effect, and one that is not there.

Draws effects of units from a normal distribution, judges each draw by the rules, and counts the
words. Also how often the interval holds the true mean.

    python benchmarks/verdict_power.py > benchmarks/verdict_power.md
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log1p

import numpy as np

from debugdiff.model import Framework
from debugdiff.verdict.claims import Claim, ClaimSide
from debugdiff.verdict.deciding import ClaimOutcome, judge
from debugdiff.verdict.estimating import Pair, Specification

DRAWS = 1_000
UNITS = (10, 15, 30, 60)
EFFECTS = (0.0, 1.0, 2.0, 3.0)
SPREADS = (1.0, 2.0)
MARGIN = 0.1
CLAIM = Claim(
    id="planted",
    quote="The side is less.",
    source="simulation",
    measure="size",
    side=ClaimSide(framework=Framework.KERAS),
    beside=ClaimSide(framework=Framework.PYTORCH),
    margin=MARGIN,
)
_COLUMNS = (
    "units",
    "true effect",
    "spread",
    "supported",
    "contradicted",
    "equivalent",
    "undecided",
    "stated power",
    "coverage",
)
_HEAD = f"""# Power of the rules that decide claims

<!-- Written by `python benchmarks/verdict_power.py`. -->

{DRAWS:,} draws a row. Effects and spreads are in units of the margin; the claim says "less", with
one analysis and one claim in the file. *stated power*: the median of what `debugdiff verdict`
prints for a true difference of twice the margin. *coverage*: how often the interval of 95 % holds
the true mean.

{" | ".join(_COLUMNS).join(("| ", " |"))}
|{"--:|" * len(_COLUMNS)}"""


def main() -> None:
    """Print the page."""
    print(_HEAD)
    random = np.random.default_rng(0)
    for units in UNITS:
        for effect in EFFECTS:
            for spread in SPREADS:
                print(_row(random, units, effect, spread), flush=True)


def _row(random: np.random.Generator, units: int, effect: float, spread: float) -> str:
    margin = log1p(MARGIN)
    true = -effect * margin
    words: Counter[ClaimOutcome] = Counter()
    powers, covered = [], 0
    for _ in range(DRAWS):
        values = random.normal(true, spread * margin, units)
        pairs = [Pair(str(place), str(place), float(one)) for place, one in enumerate(values)]
        spec = Specification.of({}, pairs, share=False)
        assert spec.estimate is not None
        verdict = judge(replace(CLAIM), (spec,), spec.p_value())
        words[verdict.outcome] += 1
        powers.append(verdict.power)
        covered += spec.estimate.low <= true <= spec.estimate.high
    shares = " | ".join(
        f"{words[word] / DRAWS:.1%}"
        for word in (
            ClaimOutcome.SUPPORTED,
            ClaimOutcome.CONTRADICTED,
            ClaimOutcome.EQUIVALENT,
            ClaimOutcome.UNDECIDED,
        )
    )
    median = float(np.median([one for one in powers if one is not None]))
    return (
        f"| {units} | {effect:g} | {spread:g} | {shares} | {median:.2f} | {covered / DRAWS:.1%} |"
    )


if __name__ == "__main__":
    main()
