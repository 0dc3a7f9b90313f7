"""Fixtures all tests share."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--require-data", action="store_true", help="fail where a data set is missing")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--slow"):
        skip = pytest.mark.skip(reason="slow; run with --slow")
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def data_dir(request):
    """A function from the name of a data set to its folder in the mirror; without one the test is skipped."""

    def find(name: str) -> Path:
        root = os.environ.get("NMR_REPRO_DATA")
        folder = Path(root, name) if root else None
        if folder and folder.is_dir():
            return folder
        if request.config.getoption("--require-data"):
            pytest.fail(f"data set {name} is required but not in NMR_REPRO_DATA")
        pytest.skip(f"needs the data set {name} (set NMR_REPRO_DATA)")

    return find
