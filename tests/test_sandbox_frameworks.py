"""What programs of both frameworks need works where they may read and write the least."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Bench
from extent import tried

from debugdiff.execute.pool import Pool
from debugdiff.model import Budget, ProgramEnd, Sandbox, Stack
from debugdiff.worker.process.landlock import landlock_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not landlock_version(), reason="needs Linux 5.13 with Landlock")

BUDGET = Budget(seconds=900)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Of what frameworks make among the temporary files, too, nothing is left."""
    tmp_path_factory.getbasetemp()  # pytest's own folder is made before, and elsewhere
    # The names of sockets are short, so this is no folder of pytest's.
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", None)
        with Pool(slots=1, sandbox=Sandbox.STRICT) as pool:
            yield pool
        assert not list(Path(folder).iterdir())


@pytest.fixture
def bench(strict: Pool, tmp_path: Path) -> Bench:
    return Bench(pool=strict, folder=tmp_path)


def test_workers_of_a_data_loader_and_processes_of_every_kind(bench: Bench) -> None:
    record = bench.run(
        """
        import multiprocessing, os, subprocess, sys, tempfile
        import torch
        from torch.utils.data import DataLoader, TensorDataset

        if __name__ == "__main__":
            data = TensorDataset(torch.randn(32, 4))
            assert sum(len(rows) for (rows,) in DataLoader(data, batch_size=4, num_workers=2)) == 32
            with multiprocessing.get_context("fork").Pool(2) as pool:
                assert pool.map(abs, [-1, -2]) == [1, 2]
            spawned = multiprocessing.get_context("spawn").Process(target=os.getpid)
            spawned.start()
            spawned.join()
            assert spawned.exitcode == 0
            with multiprocessing.Manager() as manager:
                assert list(manager.list([1])) == [1]
            with tempfile.NamedTemporaryFile() as file:
                torch.save(torch.ones(2), file.name)
                torch.load(file.name)
            subprocess.run([sys.executable, "-c", "import numpy"], check=True)
        """,
        budget=BUDGET,
    )
    assert record.program is ProgramEnd.OK, record.ending


KERAS = """
import keras
import numpy as np

model = keras.Sequential([keras.layers.Embedding(9, 4), keras.layers.GRU(4), keras.layers.Dense(2)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=["accuracy"], jit_compile=True)
model.fit(np.ones((16, 5), int), np.zeros(16, int), verbose=0)
model.save("model.keras")
keras.models.load_model("model.keras").save_weights("model.weights.h5")
"""


@pytest.mark.parametrize("start", tried("cold", more=("warm",)))
def test_keras_trains_compiles_and_saves(tmp_path: Path, start: str) -> None:
    """A cold trial imports Keras, which reads its settings, when it can read little already."""
    with Pool(slots=1, sandbox=Sandbox.STRICT, warm=start == "warm") as pool:
        bench = Bench(pool=pool, folder=tmp_path)
        record = bench.run(KERAS, stack=Stack.KERAS_TENSORFLOW, budget=BUDGET)
    assert record.program is ProgramEnd.OK, record.ending


COMPILED = """
import torch
from torch._dynamo.utils import counters

torch.compile(lambda values: values + 1)(torch.ones(3))
assert counters["inductor"]["fxgraph_cache_{}"] > 0, counters["inductor"]
"""


def test_a_mutant_begins_with_what_torch_compiled_for_its_clean_run(bench: Bench) -> None:
    for found, leaves in (("miss", True), ("hit", False)):
        record = bench.run(
            COMPILED.format(found), compiled="linear", leaves_compiled=leaves, budget=BUDGET
        )
        assert record.program is ProgramEnd.OK, record.ending
