"""What the pages say can be typed; the worked example is a reproduction like any other."""

import json
import re
import shlex
import shutil
import subprocess

import numpy as np
import pytest

from common.io.nmrpipe import read_nmrpipe, write_nmrpipe
from common.spectrum import Axis, Spectrum
from reproductions import cli
from tests.processes import ROOT, output, python

PAGE = ROOT / "docs" / "add_your_own.md"
NAME = "learned_window"
FILES = re.compile(r"^```\w+ title=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("common", "reproductions", "data_specs", "tests", "pyproject.toml", "setup.cfg", "ruff.toml")
RUN = "import sys; from reproductions.cli import main; sys.exit(main())"

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("reproductions/*/README.md"),
    *ROOT.glob("results/studies/README.md"),
]
TYPED = re.compile(r"^    (?:\w+=\S+ )*nmr-repro (.*?)(?:\s+#.*)?$", re.MULTILINE)


LINKS = re.compile(r"\]\(([^)\s]+)\)")
WRITTEN = [
    *PAGES,
    ROOT / "ARCHITECTURE.md",
    *ROOT.glob("results/README.md"),
    *ROOT.glob("results/*/README.md"),
]


@pytest.mark.parametrize("page", sorted(set(WRITTEN)), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    local = [link.partition("#")[0] for link in LINKS.findall(text) if not link.startswith(("http", "#"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_picture_of_the_architecture_names_what_there_is():
    text = (ROOT / "docs" / "architecture.svg").read_text()
    named = set(re.findall(r"(?:common|data_specs)/(?:\w+\.py|\w+)", text))
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


class Understood(Exception):
    """Raised in place of what a command does."""


def typed() -> list[tuple[str, str]]:
    """Every command that a page shows, with the page; those of the worked example aside."""
    found = [
        (str(page.relative_to(ROOT)), line) for page in PAGES for line in TYPED.findall(page.read_text())
    ]
    return [(page, line) for page, line in found if NAME not in line]


@pytest.mark.parametrize(("page", "line"), typed())
def test_commands_of_the_pages_are_understood(page, line, monkeypatch):
    parse = cli.Parser.parse_args

    def understood(parser, words):
        parse(parser, words)
        raise Understood

    monkeypatch.setattr(cli.Parser, "parse_args", understood)
    with pytest.raises(Understood):
        cli._dispatch(shlex.split(line))


def example() -> dict[str, str]:
    """The files of the page by path."""
    return dict(FILES.findall(PAGE.read_text()))


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of the repository with the example in it."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).is_file():
            shutil.copy(ROOT / name, root / name)
    for path, text in example().items():
        there = root / path
        there.parent.mkdir(exist_ok=True)
        there.write_text((there.read_text() + "\n" if there.exists() else "") + text)
    return root


def test_the_page_has_every_standard_file():
    from tests.test_house import STANDARD

    paths = {path.rpartition("/")[2] for path in example() if path.startswith(f"reproductions/{NAME}/")}
    assert set(STANDARD) <= paths


def test_its_files_leave_ruff_nothing_to_say(repository):
    folder = repository / "reproductions" / NAME
    output("-m", "ruff", "check", folder, cwd=repository)
    output("-m", "ruff", "format", "--check", folder, cwd=repository)


@pytest.mark.slow
def test_the_checklist_passes(repository):
    words = ["tests/test_house.py", "tests/reproductions/test_checks.py", "-k", NAME, "--slow"]
    done = python("-m", "pytest", *words, cwd=repository, PYTHONPATH=str(repository))
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 10


@pytest.mark.slow
def test_it_trains_is_better_than_the_conventional_window_and_is_applied(repository):
    words = ["run", NAME, "--points", "64", "--fids", "4096", "--epochs", "10", "--preset", "quick"]
    output("-c", RUN, *words, cwd=repository, PYTHONPATH=str(repository))
    (path,) = (repository / "runs" / NAME).glob("*/record.json")
    record = json.loads(path.read_text())
    errors = {
        name: scores["simulated/exponentials/rlne"]["value"] for name, scores in record["baselines"].items()
    }
    ours = record["metrics"]["simulated/exponentials/rlne"]["value"]
    assert ours < errors["exponential"] < errors["no_window"]
    fid, windowed = repository / "one.fid", repository / "windowed.fid"
    axis = Axis("1H", 64, 8000.0, 600.0, 4.7, "time", "complex")
    value = np.exp(-np.arange(64) / 12).astype(np.complex64)
    write_nmrpipe(fid, Spectrum(value, (axis,)))
    words = ["apply", NAME, fid, "-o", windowed, "--run", path.parent]
    output("-c", RUN, *words, cwd=repository, PYTHONPATH=str(repository))
    ratio = np.abs(read_nmrpipe(windowed).data / value)
    assert ratio[0] > ratio[-1]
    assert (np.diff(ratio) <= 1e-6).all()


def test_the_job_files_are_shell():
    files = sorted((ROOT / "docs" / "cluster").glob("*.sbatch"))
    assert len(files) == 2
    for file in files:
        subprocess.run(["bash", "-n", file], check=True)
