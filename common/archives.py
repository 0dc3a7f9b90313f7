"""Files out of tar archives, plain ones alone and inside one folder.

``extractall(filter="data")`` would do; Python before 3.11.4, such as that of Debian 12, does not have it.
"""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from common.atomic import stays_inside


def plain(member: tarfile.TarInfo) -> bool:
    """Whether a member is a file that stays in its folder; a sparse one may be larger than the archive."""
    return member.isreg() and not member.issparse() and stays_inside(member.name)


def extract_plain(
    tar: tarfile.TarFile, folder: Path | str, members: Iterable[tarfile.TarInfo] | None = None
) -> None:
    """Write the plain files among some members, by default all, below a folder; folders are made for them.

    tarfile.ExtractError for a member that is neither :func:`plain` nor a folder, such as a link, a device, or
    a name that leads out; those before it are written by then.
    """
    for member in tar.getmembers() if members is None else members:
        if member.isdir():
            continue
        if not plain(member):
            raise tarfile.ExtractError(f"{member.name} is no plain file inside the archive's folder")
        path = Path(folder, member.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tar.extractfile(member) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
