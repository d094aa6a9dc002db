"""A workflow for GitHub that checks the exercises of a folder that was given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Framework
from debugdiff.teach.instructions import requirement

if TYPE_CHECKING:
    from collections.abc import Collection

WORKFLOW_FILE = ".github/workflows/check.yml"

_WORKFLOW = """\
# Checks every exercise at each push. It is green when no program is found wrong.
# The results are kept as JUnit XML. If a program could not be judged, the log says so.
name: check

on:
  push:
  workflow_dispatch:

permissions:
  contents: read

jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - name: Install debugdiff
        run: python -m pip install "@REQUIREMENT@"
      - name: Check every exercise
        shell: bash
        run: |
          exercises=$(python - <<'END'
          import json
          for exercise in json.load(open("course.json"))["exercises"]:
              print(exercise["id"])
          END
          )
          mkdir -p results
          wrong=0
          for exercise in $exercises; do
            status=0
            debugdiff teach check "$exercise" --junit "results/$exercise.xml" || status=$?
            case $status in
              0) ;;
              3) echo "::notice::Exercise $exercise could not be judged." ;;
              *) wrong=1 ;;
            esac
          done
          exit $wrong
      - uses: actions/upload-artifact@v7
        if: always()
        with:
          name: results
          path: results/
          if-no-files-found: warn
"""


def workflow(frameworks: Collection[Framework] = tuple(Framework)) -> str:
    """What is to stand in `WORKFLOW_FILE`: it may read the repository and do nothing else.

    Args:
        frameworks: of the exercises; both by default.
    """
    return _WORKFLOW.replace("@REQUIREMENT@", requirement(frameworks))
