"""Notebooks: their cells as Python, run in order, explained and measured by their own names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from command_line import debugdiff
from hypothesis import given
from hypothesis import strategies as st

from debugdiff.notebooks import NotebookError, read_notebook

if TYPE_CHECKING:
    from pathlib import Path

NET = """\
%%time
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(FEATURES, 5)

    def forward(self, words):
        return self.head(words)"""
CELLS = [
    "%matplotlib inline\nimport torch\nfrom torch import nn\nfrom sizes import FEATURES",
    NET,
    "",
    "!pip install torch\nfor _ in range(1):\n    scores = Net()(torch.rand(3, 8))",
]


def book(*cells: str, **metadata: Any) -> bytes:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A title"), *map(nbformat.v4.new_code_cell, cells)],
        metadata=metadata,
    )
    return nbformat.writes(made).encode()


def test_cells_are_numbered_as_they_run_and_lines_stay() -> None:
    found = read_notebook(book(*CELLS))
    assert [cell.label for cell in found.cells] == ["In[1]", "In[2]", "In[3]"]
    assert found.text.split("\n")[found.cells[1].first + 4].strip().startswith("self.head")
    assert found.left_out == ("%matplotlib inline", "!pip install torch")
    compile(found.text, "notebook", "exec")


@pytest.mark.parametrize(
    ("cell", "python", "left_out"),
    [
        ("x = 5 % 3\ny = x\n%timeit y", "x = 5 % 3\ny = x\npass  # %timeit y\n", 1),
        ("text = '''\n%d\n!'''", "text = '''\n%d\n!'''\n", 0),
        ("if x:\n    !ls\nfiles = !ls", "if x:\n    pass  # !ls\npass  # files = !ls\n", 2),
        ("%%bash\nls", "# %%bash\n# ls\n", 1),
        ("%%time\nx = 1", "# %%time\nx = 1\n", 0),
        ("print?", "pass  # print?\n", 1),
        ("x = 1\r\ny = 2", "x = 1\ny = 2\n", 0),
    ],
)
def test_what_only_ipython_knows_is_a_comment(cell: str, python: str, left_out: int) -> None:
    found = read_notebook(book(cell))
    assert (found.text, len(found.left_out)) == (python, left_out)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])), max_size=4))
def test_every_cell_begins_where_it_says(cells: list[str]) -> None:
    found = read_notebook(book(*cells))
    lines = found.text.split("\n")
    for cell in found.cells:
        assert lines[cell.first : cell.first + cell.length] == cell.text.split("\n")[:-1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff\xfe",
        b'{"cells": 3}',
        b'{"cells": [{"cell_type": "code", "source": "x=1"}], "metadata": NaN}',
        b'{"cells": [{"cell_type": "code"}]}',
        b"[" * 100_000,
        book("x <- 3", kernelspec={"language": "R", "name": "ir", "display_name": "R"}),
    ],
    ids=range(9),
)
def test_what_is_no_notebook_of_python_is_a_clause(content: bytes) -> None:
    with pytest.raises(NotebookError, match=r"it is not a notebook|its cells are written in r"):
        read_notebook(content)


def test_an_old_notebook_is_read() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]}
    assert read_notebook(json.dumps(old).encode()).text == "x = 1\ny = 2\n"


# --- commands ------------------------------------------------------------------------------------


def test_a_crash_in_a_notebook_is_explained_by_its_cells(tmp_path: Path) -> None:
    (tmp_path / "net.ipynb").write_bytes(book(*CELLS))
    (tmp_path / "sizes.py").write_text("FEATURES = 16\n", "utf-8")
    ended = debugdiff("explain", "net.ipynb", "--json", folder=tmp_path)
    found = json.loads(ended.stdout)
    places = [(each["file"], each["line"]) for each in found["suspects"]]
    assert places[0] == ("In[2]", 5), found
    assert ("sizes.py", 1) in places
    own = [each for each in found["failure"]["frames"] if each["owner"] == "user"]
    assert [(each["file"], each["line"]) for each in own] == [("In[3]", 3), ("In[2]", 8)]
    assert found["notes"][0] == "Not run, because only IPython knows it: %matplotlib inline"


def test_cells_may_await_and_share_one_loop(tmp_path: Path) -> None:
    begun = "import asyncio\nasync def late():\n    await asyncio.sleep(0)\n    return 4\n"
    cells = (
        begun + "task = asyncio.create_task(late())\nprint(await late())",
        "1 / (await task - 4)",
    )
    (tmp_path / "late.ipynb").write_bytes(book(*cells))
    ended = debugdiff("explain", "late.ipynb", "--json", folder=tmp_path)
    found = json.loads(ended.stdout)
    assert found["stdout"] == "4\n"
    assert found["failure"]["type"] == "ZeroDivisionError"
    assert [(each["file"], each["line"]) for each in found["failure"]["frames"]] == [("In[2]", 1)]


def test_what_a_cell_imports_from_the_future_holds_in_the_next(tmp_path: Path) -> None:
    cells = ("from __future__ import annotations", "def f(x: Missing): ...\n1 / 0")
    (tmp_path / "net.ipynb").write_bytes(book(*cells))
    found = json.loads(debugdiff("explain", "net.ipynb", "--json", folder=tmp_path).stdout)
    assert found["failure"]["type"] == "ZeroDivisionError"


def test_a_silent_notebook_is_explained_by_its_cells(tmp_path: Path) -> None:
    loop = (
        "for step in range(10):\n    loss = nn.functional.mse_loss(model(rows), rows)\n"
        "    loss.backward()\n    optimizer.step()"
    )
    made = (
        "torch.manual_seed(0)\nrows = torch.rand(8, 4)\nmodel = nn.Linear(4, 4)\n"
        "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"
    )
    (tmp_path / "net.ipynb").write_bytes(book("import torch\nfrom torch import nn", made, loop))
    ended = debugdiff("explain", "net.ipynb", folder=tmp_path)
    assert re.search(r"^1 +In\[3\]:3 ", ended.stdout, re.MULTILINE), ended.stdout + ended.stderr
    assert "Nothing clears the gradients" in ended.stdout


def test_metrics_measure_the_cells(tmp_path: Path) -> None:
    (tmp_path / "net.ipynb").write_bytes(book(*CELLS))
    (tmp_path / "net.py").write_text(read_notebook(book(*CELLS)).text, "utf-8")
    (tmp_path / "other.ipynb").write_text("{}", "utf-8")
    asked = ("metrics", "net.ipynb", "net.py", "other.ipynb", "--json")
    ended = debugdiff(*asked, folder=tmp_path)
    one, same, other = json.loads(ended.stdout)["files"]
    assert one["metrics"] == same["metrics"]
    assert other["problem"] == "cannot be read: it is not a notebook"


@pytest.mark.parametrize("cells", [[], ["", "  "]])
def test_a_notebook_without_code_is_a_sentence(tmp_path: Path, cells: list[str]) -> None:
    (tmp_path / "net.ipynb").write_bytes(book(*cells))
    ended = debugdiff("explain", "net.ipynb", folder=tmp_path)
    assert ended.returncode == 2
    assert "it has no code cell" in ended.stderr
