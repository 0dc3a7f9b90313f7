"""The documentation as a site: built without a warning, whole, and with nothing fetched from elsewhere."""

import html.parser
import posixpath
import re
import urllib.parse

import pytest

from reproductions import registry
from tests.processes import ROOT, python

pytestmark = pytest.mark.slow


class Page(html.parser.HTMLParser):
    """The anchors of a page, what it links to and what a browser loads with it."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = set(), set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        if tag == "a" and "href" in attrs:
            self.links.add(attrs["href"])
        self.loaded |= {attrs[name] for name in ("src", "data") if attrs.get(name)}
        if tag == "link" and attrs.get("rel") != "canonical":
            self.loaded.add(attrs["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site."""
    pytest.importorskip("material", reason="needs mkdocs-material, of the extras docs and test")
    folder = tmp_path_factory.mktemp("site")
    words = ["-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    done = python(*words, NO_MKDOCS_2_WARNING="1")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    """Its pages by path."""
    found = {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}
    found.pop("404.html")  # no page links to it, and its links begin at the root of a server
    return found


def local(address):
    return not urllib.parse.urlsplit(address).scheme and not address.startswith("//")


def test_links_images_and_anchors_lead_somewhere(site, pages):
    bad = []
    for name, page in pages.items():
        for address in filter(local, page.links | page.loaded):
            path, _, anchor = urllib.parse.unquote(address).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if not (site / target).is_file() or (anchor and anchor not in pages[target].ids):
                bad.append(f"{name}: {address}")
    assert len(pages) > 30
    assert not bad


def test_nothing_is_fetched_from_elsewhere(site, pages):
    assert {address for page in pages.values() for address in page.loaded if not local(address)} == set()
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert styles
    assert not [found for text in styles for found in re.findall(r"url\(.?https?:[^)]*|@import[^;]*", text)]


@pytest.mark.parametrize("name", registry.names())
def test_readme_and_model_card_of_a_reproduction_are_whole(site, name):
    for folder in ("reproductions", "results"):
        written = (ROOT / folder / name / "README.md").read_text(encoding="utf-8")
        page = (site / folder / name / "index.html").read_text(encoding="utf-8")
        assert page.count("<h1 ") == 1
        assert page.count("<h2 ") == len(re.findall(r"^## ", written, re.MULTILINE))
        assert page.count("<table>") == len(re.findall(r"^ *\|[-:| ]+\|$", written, re.MULTILINE))


def test_a_run_that_a_page_links_to_has_a_page_with_its_figures(site, pages):
    figures = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("results/*/*/figures/*.png"))
    linked = {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
        for name, page in pages.items()
        for address in page.loaded
        if local(address)
    }
    assert figures
    assert set(figures) <= linked
