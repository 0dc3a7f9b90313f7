"""The paper's experiment: ``python -m reproductions.sparta_plus`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "sparta_plus", *sys.argv[1:]]))
