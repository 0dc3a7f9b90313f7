"""The paper's experiment: ``python -m reproductions.mr3d_densenet`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "mr3d_densenet", *sys.argv[1:]]))
