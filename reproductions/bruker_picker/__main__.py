"""The paper's experiment: ``python -m reproductions.bruker_picker`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "bruker_picker", *sys.argv[1:]]))
