"""The paper's experiment: ``python -m reproductions.ppm_one`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "ppm_one", *sys.argv[1:]]))
