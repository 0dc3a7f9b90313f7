"""The paper's experiment: ``python -m reproductions.lee_kim_denoiser`` trains, evaluates, shows a table."""

import sys

from reproductions.cli import main

sys.exit(main(["run", "lee_kim_denoiser", *sys.argv[1:]]))
