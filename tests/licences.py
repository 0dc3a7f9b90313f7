"""The packages that the suite stands on: what asks for them, and their licences.

``python -m tests.licences`` writes docs/licences.md out of setup.cfg, constraints.txt and what the installed
packages state of themselves.
"""

from __future__ import annotations

import configparser
import importlib.metadata
import re
from collections import defaultdict

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from common.atomic import write_atomic
from tests.processes import ROOT

PAGE = ROOT / "docs" / "licences.md"
#: Extras that are not pinned: NVIDIA's packages, hundreds of megabytes that no test installs.
UNPINNED = {"gpu"}
#: Where constraints.txt holds: markers are asked for each.
ENVIRONMENTS = [
    {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system, "os_name": name}
    for python in ("3.11", "3.12")
    for system, name in (("linux", "posix"), ("darwin", "posix"), ("win32", "nt"))
]
#: What packages without an SPDX expression write, in lower case.
SPDX = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "bsd license": "BSD",
    "mit license": "MIT",
    "python software foundation license": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "gnu lesser general public license": "LGPL-2.1-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "lgplv2.1+": "LGPL-2.1-or-later",
}
#: Read in the LICENSE file of the package, whose metadata say nothing.
IN_THE_FILE = {"namex": "Apache-2.0"}
PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "MIT",
    "MIT-CMU",
    "PSF-2.0",
    "Zlib",
}
#: Of files or of a library: code that only imports such a package may have any licence.
WEAK_COPYLEFT = {"LGPL-2.1-or-later", "MPL-2.0"}

INTRODUCTION = """# Licences of the packages it stands on

This suite is under the MIT licence. It contains no code of these packages and hands none of them on: `pip`
fetches them from PyPI, and they are imported as they are. The list is that of `constraints.txt`, direct and
indirect; licences are those that the packages state of themselves. Made by `python -m tests.licences`;
`tests/test_licences.py` holds that nothing is missing. Data sets have licences of their own (`data_specs/`,
and the model cards).

Most are permissive. Those with a copyleft that reaches no further than their own files or their own library:

* **LGPL** (ase, biotraj, mdtraj): imported as libraries, which their licence allows to programs under any
  licence. Who hands on a bundle of them, a container for instance, hands on their licence and the way to
  their sources with it.
* **MPL-2.0** (certifi, gemmi, hypothesis, pathspec): the copyleft is that of their own files, none of which
  is changed or copied here.

None is under the GPL or the AGPL, and the test keeps it so. The extra `gpu` is not in the list: it brings
NVIDIA's CUDA libraries, which are proprietary, free of charge, and under NVIDIA's own terms.

"""


def asked() -> dict[str, list[Requirement]]:
    """What setup.cfg asks for, by group: ``runtime`` and the extras."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    groups = {"runtime": setup["options"]["install_requires"], **setup["options.extras_require"]}
    return {
        group: [Requirement(line) for line in lines.split("\n") if line]
        for group, lines in groups.items()
        if group not in UNPINNED
    }


def pins() -> dict[str, list[str]]:
    """Pinned versions by package; two where they differ between versions of Python."""
    found = defaultdict(list)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            found[canonicalize_name(pin.name)].append(next(iter(pin.specifier)).version)
    return dict(found)


def reached(requirements: list[Requirement]) -> dict[str, list[Requirement]]:
    """Every package that these pull in, anywhere where constraints.txt holds, with what is asked of it."""
    found, todo, seen = defaultdict(list), list(requirements), set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        found[name].append(requirement)
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                todo += wanted(name, extra)
    return dict(found)


def wanted(name: str, extra: str) -> list[Requirement]:
    """What an installed package asks for; nothing of one that is not installed here."""
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [
        requirement
        for requirement in map(Requirement, lines)
        if not requirement.marker
        or any(requirement.marker.evaluate({**place, "extra": extra}) for place in ENVIRONMENTS)
    ]


def licence(name: str) -> str | None:
    """The licence of an installed package as an SPDX expression; None of one that is not installed here."""
    try:
        stated = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    if stated["License-Expression"]:
        return stated["License-Expression"]
    classes = [
        each.rpartition(" :: ")[2] for each in stated.get_all("Classifier", []) if "License ::" in each
    ]
    for text in ((stated["License"] or "").strip().partition("\n")[0], *classes):
        short = SPDX.get(text.lower(), text)
        if short in PERMISSIVE | WEAK_COPYLEFT:
            return short
    return IN_THE_FILE.get(name, "unknown")


def parts(expression: str) -> set[str]:
    """The licences of an SPDX expression; of two to choose from, both."""
    return set(re.split(r" AND | OR ", expression.replace("(", "").replace(")", "")))


def table() -> list[tuple[str, str, str | None, str]]:
    """A row a package: name, versions, licence, what it is needed for."""
    by_group = {group: reached(requirements) for group, requirements in asked().items()}
    direct = {canonicalize_name(each.name) for requirements in asked().values() for each in requirements}
    rows = []
    for name, versions in sorted(pins().items()):
        groups = [group for group in by_group if name in by_group[group]]
        # what the program itself needs, its tests need as well; what an extra needs, too
        groups = groups[:1] if "runtime" in groups else [each for each in groups if each != "test"] or groups
        needed = ", ".join(groups) + ("" if name in direct else " (indirect)")
        rows.append((name, ", ".join(versions), licence(name), needed))
    return rows


def page() -> str:
    """The page of docs/."""
    rows = "".join(f"| {' | '.join(map(str, row))} |\n" for row in table())
    return f"{INTRODUCTION}| package | version | licence | needed for |\n| --- | --- | --- | --- |\n{rows}"


if __name__ == "__main__":
    write_atomic(PAGE, page().encode())
