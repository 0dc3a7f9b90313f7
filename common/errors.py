"""The exceptions a user sees: each message says what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable

#: How a disk refuses: full, over a quota or a limit on files, read-only, or a folder of somebody else.
REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


class UserError(Exception):
    """A mistake the user can mend; the command line prints it as one line and exits with code 2."""


class ConfigError(UserError):
    """A configuration field, type or value that does not exist or does not fit."""


class FormatError(UserError):
    """A file whose bytes are not what its format promises.

    Readers raise this and nothing else for bad bytes. The message names the file and the reason.
    """

    def __init__(self, path, reason: str):
        self.path, self.reason = str(path), reason
        super().__init__(f"{path}: {reason}")


class DataMissing(UserError):
    """A data set that is neither in the mirror, nor in the cache, nor to be fetched now."""


class RunError(UserError):
    """A run that cannot be started, resumed, packed or published as asked."""


def nearest(name: str, names: Iterable[str]) -> str:
    """What to add to a message about an unknown name: those the user may have meant, or all of them."""
    names = list(names)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(names) or 'none'}"
