"""Data sets against the real mirror, and against a loopback server that misbehaves in many ways."""

import gzip
import hashlib
import http.server
import io
import os
import subprocess
import sys
import tarfile
import threading
import time
import tomllib
import zipfile

import pytest

from common import cache, datasets, download
from common.errors import ConfigError, DataMissing, FormatError

REAL_SPECS = datasets.SPECS
MIRROR = os.environ.get("NMR_REPRO_DATA")
CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()
HEAD = 'title = "t"\ncitation = "c"\nlicence = "CC0"\nformat = "f"\nsource = "s"\n[units]\nx = "ppm"\n'


def tarball(members: dict[str, bytes], link: str = "") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


ARCHIVES = {
    "/a.tar.gz": tarball(
        {"top/a.fid": CONTENT, "top/b.fid": CONTENT[::-1], "../../out": CONTENT}, link="top/link"
    ),
    "/a.zip": zipped({"top/a.fid": CONTENT, "top/b.fid": CONTENT[::-1]}),
    "/torn.tar.gz": tarball({"top/a.fid": CONTENT})[:200],
    "/torn.zip": zipped({"top/a.fid": CONTENT})[:150],
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path; ``server.log`` has the paths asked for, ``server.release`` ends what hangs."""

    def do_GET(self):
        self.server.log.append(self.path)
        getattr(self, self.path.strip("/").partition(".")[0].partition("/")[0])()

    def send(self, body: bytes, length: int | None = None, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def good(self):
        self.send(CONTENT, len(CONTENT))

    def unsized(self):
        self.send(CONTENT)

    def packed(self):
        body = gzip.compress(CONTENT)
        self.send(body, len(body), Content_Encoding="gzip")

    def chunked(self):
        pieces = [CONTENT[start : start + 3000] for start in range(0, len(CONTENT), 3000)]
        framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        self.send(framed + b"0\r\n\r\n", Transfer_Encoding="chunked")

    def slow(self):
        time.sleep(0.3)
        self.good()

    def truncated(self):
        self.send(CONTENT[:5000], len(CONTENT))

    def short(self):
        self.send(CONTENT[:5000])

    def lies(self):
        self.send(CONTENT[::-1], len(CONTENT))

    def endless(self):
        self.send(b"")
        while not self.server.release.is_set():
            self.wfile.write(CONTENT)

    def hangs(self):
        self.send(CONTENT[:5000], len(CONTENT))
        self.server.release.wait(10)

    def silent(self):
        self.server.release.wait(10)

    def drips(self):
        self.send(b"", len(CONTENT))
        while not self.server.release.wait(0.05):
            self.wfile.write(b"x")

    def moved(self):
        self.redirect("/good")

    def loop(self):
        self.redirect("/loop")

    def redirect(self, target):
        self.send_response(302)
        self.send_header("Location", target)
        self.end_headers()

    def missing(self):
        self.send_error(404)

    def broken(self):
        self.send_error(503)

    def drops(self):
        self.close_connection = True
        self.connection.close()

    def a(self):
        self.send(ARCHIVES[self.path], len(ARCHIVES[self.path]))

    torn = a

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Clients that hang up are what these tests are about."""


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        server.log, server.release = [], threading.Event()
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        server.root = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.release.set()
        server.shutdown()


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """Specs, cache and process state of this test's own."""
    (tmp_path / "specs").mkdir()
    monkeypatch.setattr(datasets, "SPECS", tmp_path / "specs")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NMR_REPRO_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(datasets, "_unreachable", [])
    monkeypatch.setattr(download, "_reached", set())
    monkeypatch.setattr(cache, "_told", set())
    monkeypatch.setattr(download, "READ_TIMEOUT", 0.3)


def entry(name="a.fid", *, url, size=10240, digest=DIGEST, more="") -> str:
    return f'[files."{name}"]\nbytes = {size}\nsha256 = "{digest}"\nurl = "{url}"\n{more}\n'


def write_spec(text: str, name="toy"):
    (datasets.SPECS / f"{name}.toml").write_text(HEAD + text)
    return datasets.load(name)


def leftovers(folder) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- downloads


@pytest.mark.parametrize("way", ["good", "unsized", "chunked", "packed", "moved"])
def test_a_download_arrives_whole_and_is_not_repeated(server, way, capsys):
    spec = write_spec(entry(url=f"{server.root}/{way}"))
    path = spec.path("a.fid")
    assert path == cache.folder() / "data" / "toy" / "a.fid"
    assert path.read_bytes() == CONTENT
    asked = list(server.log)
    assert spec.path("a.fid") == path
    assert server.log == asked
    said = capsys.readouterr().err
    assert "a.fid of data set toy: 10.2 kB, licence CC0" in said


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("truncated", "ended after 5000 of 10240 bytes|connection broke"),
        ("short", "ended after 5000 of 10240 bytes"),
        ("lies", f"expected sha256:{DIGEST} but got [0-9a-f]{{64}}$"),
        ("endless", "more than the 10240 bytes"),
        ("hangs", "connection broke"),
        ("silent", "no answer"),
        ("drops", "no answer"),
        ("loop", "no answer"),
        ("missing", "answers 404"),
        ("broken", "answers 503"),
    ],
)
def test_a_bad_download_is_one_line_and_leaves_nothing(server, way, reason):
    spec = write_spec(entry(url=f"{server.root}/{way}", more="unchecked = true"))
    start = time.monotonic()
    with pytest.raises(DataMissing, match=reason) as caught:
        spec.path("a.fid")
    assert time.monotonic() - start < 5
    assert "\n" not in str(caught.value)
    assert f"{server.root}/{way}, an address that nobody of us has reached yet" in str(caught.value)
    assert leftovers(cache.folder()) == []
    assert not datasets._unreachable, "a host that answers badly is not an absent network"


def test_a_dripping_server_is_ended_at_the_total_time(server, monkeypatch):
    monkeypatch.setattr(download, "BASE_TIME", 0.3)
    monkeypatch.setattr(download, "SLOWEST_RATE", 1e6)
    spec = write_spec(entry(url=f"{server.root}/drips"))
    with pytest.raises(DataMissing, match="too slow"):
        spec.path("a.fid")


def test_a_damaged_cache_entry_is_fetched_again(server):
    spec = write_spec(entry(url=f"{server.root}/good"))
    kept = cache.folder() / "data" / "toy" / "a.fid"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CONTENT[::-1])
    assert "expected" in datasets.verify("toy")["a.fid"]
    with pytest.raises(DataMissing, match="offline"):
        spec.path("a.fid", offline=True)
    assert spec.path("a.fid").read_bytes() == CONTENT
    assert datasets.verify("toy") == {"a.fid": "cache"}


def test_a_file_without_a_checksum_arrives_whole_or_not_at_all(server, tmp_path):
    target = tmp_path / "pdb" / "1ABC.cif.gz"
    for way in ("truncated", "endless", "missing"):
        with pytest.raises(download.Broken):
            download.retrieve_unchecked(f"{server.root}/{way}", target, 20_000)
        assert leftovers(tmp_path / "pdb") == []
    download.retrieve_unchecked(f"{server.root}/good", target, 20_000)
    assert target.read_bytes() == CONTENT
    assert leftovers(tmp_path / "pdb") == ["1ABC.cif.gz"]


def test_a_file_of_unknown_checksum_is_taken_up_to_its_most_bytes(server):
    unknown = {"url": f"{server.root}/good", "digest": ""}
    spec = write_spec(entry(**unknown, size=20_000, more="unchecked = true"))
    path = spec.path("a.fid")
    assert path.read_bytes() == CONTENT
    assert datasets.verify("toy") == {"a.fid": "cache"}
    asked = list(server.log)
    assert spec.path("a.fid") == path
    assert server.log == asked
    write_spec(entry(**unknown, size=100, more="unchecked = true"))
    assert "more than 100 bytes" in datasets.verify("toy")["a.fid"]
    with pytest.raises(ConfigError, match="sha256 must be 64"):
        write_spec(entry(**unknown))


def test_two_processes_fetch_the_same_file_at_once(server):
    write_spec(entry(url=f"{server.root}/slow"))
    code = (
        "import pathlib, sys; from common import datasets; datasets.SPECS = pathlib.Path(sys.argv[1]);"
        "print(datasets.load('toy').path('a.fid'))"
    )
    command = [sys.executable, "-c", code, str(datasets.SPECS)]
    home = str(REAL_SPECS.parent)
    both = [subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    paths = {process.communicate(timeout=30)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert paths == {str(cache.folder() / "data" / "toy" / "a.fid")}
    assert leftovers(cache.folder()) == ["data/toy/a.fid"]
    assert datasets.verify("toy") == {"a.fid": "cache"}


def test_a_cache_that_cannot_be_written_is_said(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataMissing, match=r"cannot be kept.*NMR_REPRO_CACHE"):
        write_spec(entry(url=f"{server.root}/good")).path("a.fid")


# --- no network


def test_an_unreachable_host_ends_all_downloads_of_the_process(server, capsys):
    free = Server(("127.0.0.1", 0), Handler)
    port = free.server_port
    free.server_close()
    spec = write_spec(entry(url=f"http://127.0.0.1:{port}/good") + entry("b.fid", url=f"{server.root}/good"))
    for file in ("a.fid", "a.fid", "b.fid"):
        with pytest.raises(DataMissing, match=r"127\.0\.0\.1 cannot be reached.*nmr-repro data fetch toy"):
            spec.path(file)
    assert server.log == []
    assert capsys.readouterr().err.count("working offline") == 1


def test_a_name_that_does_not_resolve_costs_the_connect_timeout_only(monkeypatch):
    monkeypatch.setattr(download, "CONNECT_TIMEOUT", 0.2)

    def resolve(*_, **__):
        time.sleep(1)
        raise OSError("no such host")

    monkeypatch.setattr(download.socket, "create_connection", resolve)
    start = time.monotonic()
    with pytest.raises(DataMissing, match=r"nowhere\.invalid cannot be reached"):
        write_spec(entry(url="https://nowhere.invalid/a")).path("a.fid")
    assert time.monotonic() - start < 0.9


def test_offline_asks_nobody(server):
    spec = write_spec(entry(url=f"{server.root}/good"))
    with pytest.raises(DataMissing, match="working offline; `nmr-repro data fetch toy`"):
        spec.path("a.fid", offline=True)
    spec.path("a.fid")
    assert spec.path("a.fid", offline=True).read_bytes() == CONTENT
    assert server.log == ["/good"]


# --- archives


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_files_of_one_archive_come_with_one_download(server, kind):
    url = f"{server.root}/a.{kind}"
    back = hashlib.sha256(CONTENT[::-1]).hexdigest()
    spec = write_spec(
        entry(url=url, more='member = "top/a.fid"')
        + entry("sub/b.fid", url=url, digest=back, more='member = "top/b.fid"')
    )
    assert spec.path("a.fid").read_bytes() == CONTENT
    assert spec.path("sub/b.fid").read_bytes() == CONTENT[::-1]
    assert server.log == [f"/a.{kind}"]
    assert leftovers(cache.folder()) == ["data/toy/a.fid", "data/toy/sub/b.fid"]


@pytest.mark.parametrize(
    ("archive", "member", "size", "reason"),
    [
        ("a.tar.gz", "top/none", 10240, "no top/none"),
        ("a.tar.gz", "top/link", 10240, "has not the 10240 bytes"),
        ("a.tar.gz", "top/a.fid", 10000, "has not the 10000 bytes"),
        ("a.tar.gz", "top/b.fid", 10240, f"expected {DIGEST}"),
        ("torn.tar.gz", "top/a.fid", 10240, "in the archive"),
        ("torn.zip", "top/a.fid", 10240, "in the archive"),
    ],
)
def test_a_member_that_is_not_as_promised_leaves_nothing(server, archive, member, size, reason):
    spec = write_spec(entry(url=f"{server.root}/{archive}", size=size, more=f'member = "{member}"'))
    with pytest.raises(DataMissing, match=reason):
        spec.path("a.fid")
    assert leftovers(cache.folder()) == []


def test_an_archive_over_the_limit_is_ended(server, monkeypatch):
    monkeypatch.setattr(download, "ARCHIVE_LIMIT", 100)
    spec = write_spec(entry(url=f"{server.root}/a.zip", more='member = "top/a.fid"'))
    with pytest.raises(DataMissing, match="more than the 100 bytes"):
        spec.path("a.fid")


# --- the mirror


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    folder = tmp_path / "mirror" / "toy"
    folder.mkdir(parents=True)
    monkeypatch.setenv("NMR_REPRO_DATA", str(folder.parent))
    return folder


def test_the_mirror_comes_first_and_is_checked(server, mirror):
    spec = write_spec(entry(url=f"{server.root}/good"))
    file = mirror / "a.fid"
    file.write_bytes(CONTENT)
    assert spec.path("a.fid") == file
    file.write_bytes(CONTENT[::-1])
    os.utime(file, (1, 1))
    with pytest.raises(FormatError, match=f"a.fid: has sha256 .*, expected {DIGEST}"):
        spec.path("a.fid")
    file.write_bytes(CONTENT[:-1])
    with pytest.raises(FormatError, match="has 10239 bytes, expected 10240"):
        spec.path("a.fid")
    assert "expected 10240" in datasets.verify("toy")["a.fid"]
    assert server.log == []


def test_a_file_is_hashed_once_a_process(mirror, monkeypatch):
    spec = write_spec(entry(url="https://nowhere.invalid/a"))
    (mirror / "a.fid").write_bytes(CONTENT)
    spec.path("a.fid")
    monkeypatch.setattr(datasets.hashlib, "file_digest", None)
    assert spec.path("a.fid").read_bytes() == CONTENT


def test_what_the_mirror_lacks_goes_to_the_cache(server, mirror):
    spec = write_spec(entry(url=f"{server.root}/good"))
    assert datasets.list_sets()[0].where == "absent"
    assert spec.path("a.fid").is_relative_to(cache.folder())
    assert leftovers(mirror) == []
    assert datasets.list_sets()[0].where == "cache"


def test_listing_says_where_a_set_is(mirror):
    write_spec(entry(url="https://nowhere.invalid/a") + entry("b.fid", url="https://nowhere.invalid/b"))
    (mirror / "a.fid").write_bytes(CONTENT)
    assert datasets.list_sets() == [datasets.Listing("toy", "t", 20480, "CC0", "partly")]
    (mirror / "b.fid").write_bytes(CONTENT)
    assert datasets.list_sets()[0].where == "mirror"
    assert datasets.fetch("toy") == {"a.fid": mirror / "a.fid", "b.fid": mirror / "b.fid"}


def test_a_mirror_may_keep_a_file_as_a_gzip(mirror):
    """What it holds is checked, not its own bytes, which depend on who packed it."""
    spec = write_spec(entry(url="https://nowhere.invalid/a"))
    packed = mirror / "a.fid.gz"
    packed.write_bytes(gzip.compress(CONTENT))
    assert spec.path("a.fid", offline=True) == packed
    assert datasets.verify("toy") == {"a.fid": "mirror"}
    damaged = (
        gzip.compress(CONTENT[::-1]),
        gzip.compress(CONTENT * 2),
        packed.read_bytes()[:-9],
        CONTENT[:9],
    )
    for second, content in enumerate(damaged):
        packed.write_bytes(content)
        os.utime(packed, (second, second))
        with pytest.raises(FormatError, match=r"a\.fid\.gz: unpacked has sha256"):
            spec.path("a.fid")
    (mirror / "a.fid").write_bytes(CONTENT)
    assert spec.path("a.fid") == mirror / "a.fid"


def test_a_derived_file_comes_from_a_mirror_alone(server, mirror):
    spec = write_spec(
        entry(url=f"{server.root}/good") + entry("b.json", url=f"{server.root}/good", more="derived = true")
    )
    with pytest.raises(
        DataMissing, match=r"b\.json of data set toy was derived from http.* is not to be fetched"
    ):
        spec.path("b.json")
    assert set(datasets.fetch("toy")) == {"a.fid"}
    assert server.log == ["/good"]
    assert datasets.list_sets()[0].where == "cache"
    assert datasets.verify("toy") == {"a.fid": "cache", "b.json": "absent"}
    (mirror / "b.json").write_bytes(CONTENT)
    assert set(datasets.fetch("toy")) == {"a.fid", "b.json"}


def test_a_mirror_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setenv("NMR_REPRO_DATA", "no/such/folder")
    with pytest.raises(ConfigError, match="NMR_REPRO_DATA=no/such/folder is not a folder"):
        write_spec(entry(url="https://nowhere.invalid/a")).path("a.fid")


# --- specs


GOOD = entry(url="https://example.org/a") + '[cases.one]\nrole = "test"\nfile = "a.fid"\np0 = 1.0\n'


def test_a_spec_as_it_should_be():
    spec = write_spec(GOOD)
    assert spec.cases == {"one": {"role": "test", "file": "a.fid", "p0": 1.0}}
    assert spec.checksums == {"a.fid": DIGEST}
    assert spec.bytes == 10240


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('role = "test"', "", "cases.one.role is missing"),
        ('role = "test"', 'role = "validation"', "cases.one.role must be one of train"),
        ('file = "a.fid"', 'file = "b.fid"', "cases.one.file names 'b.fid'"),
        ('file = "a.fid"', 'with = ["b.fid"]', "cases.one.with names 'b.fid'"),
        ('file = "a.fid"', 'with = "a.fid"', "cases.one.with must be of type list"),
        (f'"{DIGEST}"', f'"{DIGEST[:-1]}"', "files.a.fid.sha256"),
        (f'"{DIGEST}"', f'"{DIGEST.upper()}"', "files.a.fid.sha256"),
        ("bytes = 10240", "bytes = 0", "files.a.fid.bytes"),
        ("bytes = 10240", "bytes = true", "files.a.fid.bytes must be of type int"),
        ("bytes = 10240", "", "files.a.fid.bytes is missing"),
        ("bytes = 10240", "size = 10240", "unknown key files.a.fid.size"),
        ("https://example.org/a", "file:///etc/passwd", "files.a.fid.url"),
        ('files."a.fid"', 'files."../a.fid"', "files.../a.fid"),
        ('files."a.fid"', 'files."/etc/a.fid"', "files./etc/a.fid"),
        ('files."a.fid"', "files.'..\\a.fid'", "relative path"),
        ('files."a.fid"', 'files."C:a.fid"', "relative path"),
        ('files."a.fid"', 'files.""', "relative path"),
        ("bytes", 'member = "x/../../a"\nbytes', "files.a.fid.member"),
        ("[cases.one]", '[cases."../one"]', "cases.../one"),
        ("[cases.one]", '[cases."/one"]', "relative path"),
        ("[cases.one]", "[case.one]", "unknown key case"),
        ("[cases.one]", "[cases]\none = 3\n[cases.two]", "cases.one must be of type dict"),
        ("[files", "[files", None),
    ],
)
def test_a_wrong_key_is_named_with_its_file(old, new, key):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if key is None:
        assert write_spec(text).name == "toy"
        return
    with pytest.raises(ConfigError) as caught:
        write_spec(text)
    assert key in str(caught.value)
    assert "toy.toml" in str(caught.value)


@pytest.mark.parametrize("key", ["title", "citation", "licence", "format", "source", "units"])
def test_every_fact_is_required(key):
    table = HEAD.replace("[units]", "[other]") if key == "units" else HEAD.replace(f"{key} =", "other =")
    (datasets.SPECS / "toy.toml").write_text(table + GOOD)
    with pytest.raises(ConfigError, match=r"toy\.toml: unknown key other"):
        datasets.load("toy")
    gone = "".join(
        line for line in HEAD.splitlines(True) if not line.startswith((f"{key} =", f"[{key}]", "x ="))
    )
    units = "" if key == "units" else "[units]\n"
    (datasets.SPECS / "toy.toml").write_text(gone.replace("[units]\n", "") + units + GOOD)
    with pytest.raises(ConfigError, match=f"toy.toml: {key} is missing"):
        datasets.load("toy")


def test_torn_toml_is_one_line():
    with pytest.raises(FormatError, match=r"toy\.toml: is not TOML \(Unterminated"):
        write_spec('[files."a')
    (datasets.SPECS / "toy.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match=r"toy\.toml: is not TOML"):
        datasets.load("toy")


def test_an_unknown_set_or_file_names_what_there_is(monkeypatch, tmp_path):
    spec = write_spec(GOOD)
    with pytest.raises(ConfigError, match="did you mean toy"):
        datasets.load("toi")
    with pytest.raises(ConfigError, match="there are toy"):
        datasets.load("../toy/../else")
    with pytest.raises(ConfigError, match=r"has no file '\.\./a'; there are a\.fid"):
        spec.path("../a")
    monkeypatch.setattr(datasets, "SPECS", tmp_path / "gone")
    with pytest.raises(ConfigError, match="gone is missing: install from a clone"):
        datasets.names()


# --- the specs of this repository


@pytest.mark.parametrize("path", sorted(REAL_SPECS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_real_spec_is_sound_and_its_files_are_in_the_mirror(path, monkeypatch, data_dir):
    monkeypatch.setattr(datasets, "SPECS", REAL_SPECS)
    if MIRROR:
        monkeypatch.setenv("NMR_REPRO_DATA", MIRROR)
    spec = datasets.load(path.stem)
    if not all(spec.checksums.values()):  # nobody of us has seen it, so no mirror has it
        assert all(file.unchecked for file in spec.files.values())
        return
    folder = data_dir(path.stem)
    assert set(datasets.verify(path.stem).values()) == {"mirror"}
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    kept = {name if name in there else f"{name}.gz" for name in spec.files}
    assert there - {"SOURCE.md", "SHA256SUMS"} == kept


def test_roles_of_the_nus_cases_are_those_of_the_plan(monkeypatch):
    monkeypatch.setattr(datasets, "SPECS", REAL_SPECS)
    sets = ("nus_hsqc_qnls", "nus_ubiquitin_hsqc", "nus_hdac8_fidnet")
    roles = {case: recipe["role"] for name in sets for case, recipe in datasets.load(name).cases.items()}
    assert {case for case, role in roles.items() if role == "development"} == {"acbp"}
    assert {case for case, role in roles.items() if role == "test"} == set(roles) - {"acbp"}
    assert {"sod1wt", "savinase", "ubiquitin", "hdac8"} < set(roles)


def test_roles_of_the_brain_spectra_are_those_of_the_plan(monkeypatch):
    """Nothing but LCModel's test spectrum may be looked at; the cases of one person have one role."""
    monkeypatch.setattr(datasets, "SPECS", REAL_SPECS)
    cases = datasets.load("mrs_invivo").cases
    assert {name for name, case in cases.items() if case["role"] == "development"} == {"lcmodel_test"}
    assert {name for name, case in cases.items() if case["role"] == "test"} == set(cases) - {"lcmodel_test"}
    assert {"A01_press35", "B01_press30", "B01_mm_ti600", "SVS_30", "oxford_7t_steam"} < set(cases)
    cases = datasets.load("mrs_macromolecules").cases
    assert {case["role"] for case in cases.values()} == {"train"}
    assert len(cases) == 11


def test_a_compound_has_one_role_in_all_sets(monkeypatch):
    """Of what is scored, aspirin alone may be looked at; 1D regions and 2D zones share compounds."""
    monkeypatch.setattr(datasets, "SPECS", REAL_SPECS)
    roles = {}
    for name in datasets.names():
        for case in datasets.load(name).cases.values():
            for compound in case.get("compounds", []):
                roles.setdefault(compound, set()).add(case["role"])
    assert {compound: found for compound, found in roles.items() if len(found) > 1} == {}
    cases = [
        *datasets.load("small_molecule_2d_zones").cases.values(),
        *(case for case in datasets.load("nmr_dataset1_1h").cases.values() if "reference" in case),
        *(case for case in datasets.load("bruker_1d_regions").cases.values() if case["regions"][0] == "h"),
    ]
    assert len(cases) == 18 + 8 + 3
    looked_at = [case["compounds"] for case in cases if case["role"] == "development"]
    assert looked_at == [["50-78-2"]] * 4
    assert {case["role"] for case in cases} == {"development", "test"}


def test_every_number_of_a_case_has_its_unit(monkeypatch):
    for path in REAL_SPECS.glob("*.toml"):
        table = tomllib.loads(path.read_text())
        numbers = {
            key
            for case in table.get("cases", {}).values()
            for key, value in case.items()
            if type(value) in (float, list)
        }
        assert numbers <= set(table["units"]), f"{path.name}: no unit for {numbers - set(table['units'])}"
