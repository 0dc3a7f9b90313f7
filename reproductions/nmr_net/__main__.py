"""The paper's experiment: ``python -m reproductions.nmr_net`` trains, evaluates and shows the table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "nmr_net", *sys.argv[1:]]))
