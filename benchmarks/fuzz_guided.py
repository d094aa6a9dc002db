"""Try damaged inputs of one kind, guided by coverage: inputs that reach new code are changed again.

    python benchmarks/fuzz_guided.py KIND [--count 2000] [--seed 1] [--input HEX]

`benchmarks/fuzz.py --atheris` runs it and counts. What is wrong is printed as a line of JSON, with
the bytes that `--input` takes. Needs atheris: `pip install --group fuzz`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

with atheris.instrument_imports(include=["debugdiff"]):
    from fuzzing import KINDS, Kind, problem_of

    from debugdiff.cli import RECURSION

MOST_BYTES = 128
"""Enough for the choices of four damages."""


class ChanceOfBytes(random.Random):
    """Chance that draws from given bytes, and zeros after them: a byte changed is one choice."""

    def __init__(self, content: bytes) -> None:
        super().__init__(0)
        self._left = content

    def getrandbits(self, k: int, /) -> int:
        """The next `k` bits."""
        size = (k + 7) // 8
        drawn, self._left = self._left[:size], self._left[size:]
        return int.from_bytes(drawn.ljust(size, b"\0"), "big") >> (8 * size - k)

    def random(self) -> float:
        """A number below one, of 16 bits: bytes go further that way."""
        return self.getrandbits(16) / 2**16


def try_bytes(kind: Kind, content: bytes) -> None:
    """Print what is wrong with what these bytes choose, if something is."""
    made = kind.make(ChanceOfBytes(content))
    with TemporaryDirectory() as folder:
        problem = problem_of(kind, made, Path(folder))
    if problem:
        print(json.dumps({"input": content.hex(), "problem": problem}), flush=True)


def main() -> None:
    """Try as many as are asked for, or one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kind", choices=[*KINDS])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--input", type=bytes.fromhex)
    options = parser.parse_args()
    sys.setrecursionlimit(RECURSION)
    kind = KINDS[options.kind]
    if options.input is not None:
        try_bytes(kind, options.input)
        return
    settings = {
        "runs": options.count,
        "seed": options.seed,
        "max_len": MOST_BYTES,
        "len_control": 0,
        "rss_limit_mb": 0,
    }
    flags = [f"-{name}={value}" for name, value in settings.items()]
    atheris.Setup([sys.argv[0], *flags], lambda content: try_bytes(kind, content))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
