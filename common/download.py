"""Fetch a file over HTTP: bounded in time and size, checked, moved into place whole or not at all."""

from __future__ import annotations

import hashlib
import socket
import tarfile
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from common.atomic import new_files, write_atomic

CONNECT_TIMEOUT = 5.0  # s until a host counts as unreachable
READ_TIMEOUT = 20.0  # s without a byte
BASE_TIME = 60.0  # s for a whole download, on top of its size over SLOWEST_RATE
SLOWEST_RATE = 50_000.0  # bytes a second
ARCHIVE_LIMIT = 200_000_000  # bytes of an archive, whose size no spec tells
CHUNK = 65_536

_reached: set[tuple] = set()


class Unreachable(Exception):
    """No connection to a host within CONNECT_TIMEOUT; the message is the host."""


class Broken(Exception):
    """A download that failed, was ended for size or time, or is not what was promised; says which."""


class Member(NamedTuple):
    """A file wanted out of an archive: its name there, where it goes, size and SHA-256."""

    name: str
    target: Path
    size: int
    sha256: str


def retrieve(url: str, target: Path, size: int, sha256: str) -> None:
    """Download ``url`` to ``target``. Raises Unreachable, Broken, or OSError if it cannot be written."""
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the caller says what is fetched
    try:
        pooch.retrieve(
            url, f"sha256:{sha256}", target.name, target.parent, downloader=_downloader(size, exact=True)
        )
    except ValueError as error:  # the checksum, expected and found
        raise Broken(str(error).partition(". ")[0]) from None


def retrieve_members(url: str, wanted: list[Member]) -> None:
    """Download a tar or zip archive and keep the wanted members alone. Raises as :func:`retrieve`."""
    folder = wanted[0].target.parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        archive = Path(scratch, "archive")
        _downloader(ARCHIVE_LIMIT, exact=False)(url, archive, None)
        for member in wanted:
            data = _member_bytes(archive, member)
            found = hashlib.sha256(data).hexdigest()
            if found != member.sha256:
                raise Broken(f"sha256 of {member.name} in the archive is {found}, expected {member.sha256}")
            write_atomic(member.target, data)


def retrieve_unchecked(url: str, target: Path, limit: int) -> None:
    """Download ``url`` to ``target`` where nobody tells its size and checksum: at most ``limit`` bytes.

    Raises as :func:`retrieve`.
    """
    with new_files(target.parent) as part:
        _downloader(limit, exact=False)(url, part / target.name, None)


def _downloader(limit: int, exact: bool):
    """A pooch downloader that ends at ``limit`` bytes (``exact``: no fewer either) and at a total time."""

    def load(url, output, _pooch):
        _reach(url)
        deadline = time.monotonic() + BASE_TIME + limit / SLOWEST_RATE
        with _answer(url) as response, open(output, "wb") as file:
            received = 0
            with _progress(
                url, limit if exact else int(response.headers.get("content-length", limit))
            ) as advance:
                while data := _read(response):
                    received += len(data)
                    if received > limit:
                        raise Broken(f"the server sends more than the {limit} bytes expected")
                    if time.monotonic() > deadline:
                        raise Broken(f"too slow: {received} bytes of {limit} when the time was up")
                    file.write(data)
                    advance(len(data))
            if exact and received < limit:
                raise Broken(f"the connection ended after {received} of {limit} bytes")

    return load


def _reach(url: str) -> None:
    """Connect once to the host (or the proxy before it).

    A thread, because a socket's time-out counts neither name resolution nor the further ones addresses.
    """
    from requests.utils import get_environ_proxies, select_proxy

    parts = urlsplit(select_proxy(url, get_environ_proxies(url)) or url)
    address = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    if address in _reached:
        return
    thread = threading.Thread(target=_connect, args=(address,), daemon=True)
    thread.start()
    thread.join(CONNECT_TIMEOUT)
    if address not in _reached:
        raise Unreachable(parts.hostname)


def _connect(address: tuple) -> None:
    try:
        socket.create_connection(address, timeout=CONNECT_TIMEOUT).close()
        _reached.add(address)
    except OSError:
        pass


def _answer(url: str):
    """The open response to a GET, redirects followed."""
    import requests

    try:
        # identity: the bytes of a file that is compressed itself stay as they are
        response = requests.get(
            url, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT), headers={"Accept-Encoding": "identity"}
        )
    except (requests.ConnectTimeout, requests.exceptions.ProxyError):
        raise Unreachable(urlsplit(url).hostname) from None
    except requests.RequestException as error:
        raise Broken(f"no answer ({type(error).__name__})") from None
    if response.status_code != 200:
        response.close()
        raise Broken(f"the server answers {response.status_code} {response.reason}")
    return response


def _read(response) -> bytes:
    """What has arrived, at most CHUNK bytes; empty at the end."""
    from urllib3.exceptions import HTTPError

    try:
        return response.raw.read1(CHUNK, decode_content=True)
    except (HTTPError, OSError) as error:
        raise Broken(f"the connection broke ({type(error).__name__})") from None


class _progress:
    """A progress bar on standard error, gone when done; entering gives the function that advances it."""

    def __init__(self, url: str, total: int):
        from rich.console import Console
        from rich.progress import Progress

        self.bar = Progress(console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task(urlsplit(url).path.rpartition("/")[2], total=total)

    def __enter__(self):
        self.bar.start()
        return lambda count: self.bar.advance(self.task, count)

    def __exit__(self, *_):
        self.bar.stop()


def _member_bytes(archive: Path, member: Member) -> bytes:
    """The bytes of one regular member, never more than expected; paths, modes and links do not matter."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file, file.open(member.name) as source:
                data = source.read(member.size + 1)
        else:
            with tarfile.open(archive) as file:
                info = file.getmember(member.name)
                data = file.extractfile(info).read(member.size + 1) if info.isreg() else b""
    except Exception as error:  # damaged archives raise anything, from KeyError to zlib.error
        raise Broken(f"no {member.name} in the archive ({error})") from None
    if len(data) != member.size:
        raise Broken(f"{member.name} in the archive has not the {member.size} bytes expected")
    return data
