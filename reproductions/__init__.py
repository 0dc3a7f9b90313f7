"""Published systems, a folder each. Importing this makes sure that ``common`` is the one beside it.

Other packages and folders are called ``common`` too, and Python takes the first it finds: a mixture of two
would fail late and oddly.
"""

import importlib.util
import sys
from pathlib import Path


def _check_common() -> None:
    """Leave with one line and exit code 2 where another ``common`` would be imported."""
    ours = Path(__file__).resolve().parents[1] / "common"
    found = importlib.util.find_spec("common")
    places = [Path(place).resolve() for place in (found.submodule_search_locations or [])] if found else []
    if places != [ours]:
        other = ", ".join(map(str, places)) or "nothing"
        print(
            f"nmr-repro: Python finds {other} under the name common instead of {ours};"
            " start from another folder, or uninstall the other package",
            file=sys.stderr,
        )
        raise SystemExit(2)


_check_common()
