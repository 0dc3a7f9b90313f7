"""The paper's experiment: ``python -m reproductions.talos_n`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "talos_n", *sys.argv[1:]]))
