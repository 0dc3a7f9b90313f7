"""What a browser shows of the published runs: a score beside the published one, an image, the HParams table.

A Chromium of the system is driven by playwright; without one, the data behind these pages are still tested
(tests/test_results.py, tests/common/reporting/test_browse.py).
"""

import json
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest

from common.reporting.record import read_record
from reproductions import registry
from tests.processes import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on the PATH"),
]
BROWSE = "import sys; from reproductions.cli import main; sys.exit(main(['browse', *sys.argv[1:]]))"
#: Charts drawn as SVG, so that what is in them can be asked; nothing asked of other hosts.
OPTIONS = (
    "--no-sandbox",  # it is not started as root otherwise
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-background-networking",
)
#: Of pages; a crowded machine needs most of it.
PATIENCE = 240_000  # ms


def compared():
    """A published run, an id it has a score for, that score and the published one."""
    for path in sorted(registry.RESULTS.glob("*/*/record.json")):
        record, published = read_record(path), registry.get(path.parts[-3]).published.values()
        for id in published:
            if (score := record["metrics"].get(id)) and score["value"] is not None:
                return "/".join(path.parts[-3:-1]), id, score["value"], published[id]
    pytest.skip("nothing is published yet")


@pytest.fixture(scope="module")
def address():
    """TensorBoard over all published runs, started as a user starts it, once it has read them."""
    words = [sys.executable, "-c", BROWSE, str(registry.RESULTS), "--port", "0"]
    runs = {"/".join(path.parts[-3:-1]) for path in registry.RESULTS.glob("*/*/record.json")}
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as board:
        try:
            found = board.stdout.readline().split(" at ")[1].split(" ")[0]
            until = time.monotonic() + 60
            while not runs <= set(read(found, "runs")) and time.monotonic() < until:
                time.sleep(0.5)
            yield found
        finally:
            board.terminate()


def read(address, path):
    """What TensorBoard answers."""
    with urllib.request.urlopen(f"{address}data/{path}", timeout=60) as answer:
        return json.loads(answer.read())


@pytest.fixture(scope="module")
def page():
    """A page of the browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra test")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


def show(page, address, place, **query):
    """Open a page of TensorBoard, its data filtered by regular expressions."""
    page.goto("about:blank")  # a change of what stands behind # alone loads nothing
    page.goto(f"{address}?{urllib.parse.urlencode(query)}#{place}", wait_until="commit")


def test_the_published_score_stands_in_the_chart_of_ours(page, address):
    run, id, ours, theirs = compared()
    show(page, address, "timeseries", runFilter=f"{run}(/published)?$", tagFilter=f"^{id}$")
    card = page.locator("scalar-card").first
    card.locator("line-chart circle").nth(1).wait_for(state="attached")
    rows = card.locator("tb-data-table-content-row")
    rows.nth(1).wait_for(state="attached")
    shown = [[cell.strip() for cell in row.splitlines() if cell.strip()] for row in rows.all_inner_texts()]
    values = {row[0]: float(row[1]) for row in shown}
    assert values == pytest.approx({run: ours, f"{run}/published": theirs}, rel=1e-3)
    title = card.inner_text().replace("\n", "")
    assert title.startswith(id)


def test_an_image_is_drawn(page, address):
    run, tags = min(read(address, "plugin/images/tags").items())
    figure = min(tags)
    show(page, address, "timeseries", runFilter=f"{run}$", tagFilter=f"^{figure}$")
    drawn = page.locator("image-card img").first
    drawn.wait_for()
    page.wait_for_function("image => image.naturalWidth > 0", arg=drawn.element_handle())
    assert drawn.bounding_box()["width"] > 200
    assert figure in page.locator("image-card").first.inner_text()


def test_the_table_of_hyper_parameters_says_what_a_run_is_and_what_it_scored(page, address):
    record = read_record(sorted(registry.RESULTS.glob("*/*/record.json"))[0])
    trial = f"{record['name']}/{record['id']}"
    show(page, address, "hparams")
    cells = page.locator("vaadin-grid-cell-content")
    cells.filter(has_text=trial).first.wait_for()
    texts = [text.strip() for text in cells.all_inner_texts()]
    assert texts[2:6] == ["backend", "preset", "seed", "variant"]
    headlines = registry.get(registry.names()[0]).published.headlines
    assert set(texts[7:12]) & set(headlines)
    row = texts[texts.index(trial) :][:12]
    assert {record["preset"], record["variant"]} <= set(row)
    assert any(
        cell == pytest.approx(record["metrics"][id]["value"], rel=1e-3)
        for cell in map(number, row)
        for id in headlines
    )


def number(text):
    try:
        return float(text)
    except ValueError:
        return None
