"""The paper's experiment: ``python -m reproductions.hansen_lstm`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "hansen_lstm", *sys.argv[1:]]))
