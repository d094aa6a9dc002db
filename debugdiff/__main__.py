"""`python -m debugdiff` is the command `debugdiff`."""

import sys

from debugdiff.cli import main

sys.exit(main())
