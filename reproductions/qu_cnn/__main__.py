"""The paper's experiment: ``python -m reproductions.qu_cnn`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "qu_cnn", *sys.argv[1:]]))
