"""Every package that the suite pulls in is pinned, and has a licence that goes with ours."""

import re

import pytest
from packaging.requirements import Requirement

from tests import licences
from tests.licences import PAGE, PERMISSIVE, WEAK_COPYLEFT

PINS = licences.pins()
REACHED = licences.reached([each for asked in licences.asked().values() for each in asked])


def rows():
    """The table of the page, by package."""
    cells = re.findall(
        r"^\| (\S+) \| (.*) \| (.*) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {cell[0]: cell for cell in cells if cell[1][0].isdigit()}


def test_constraints_pin_all_that_is_pulled_in_and_nothing_else():
    assert set(PINS) == set(REACHED)


@pytest.mark.parametrize("name", sorted(REACHED))
def test_a_pinned_version_is_one_that_is_asked_for(name):
    for requirement in REACHED[name]:
        suited = [requirement.specifier.contains(version) for version in PINS[name]]
        # where versions differ between versions of Python, what is asked does as well
        assert any(suited) if requirement.marker or len(suited) > 1 else all(suited), requirement


def test_the_page_has_every_package_with_its_version_and_use():
    written = rows()
    for name, versions, licence, needed in licences.table():
        assert written[name][1::2] == (versions, needed), "python -m tests.licences"
        assert licence in (None, written[name][2]), name
    assert set(written) == set(PINS)
    assert licences.INTRODUCTION in PAGE.read_text(encoding="utf-8")


def test_every_licence_is_permissive_or_weak_copyleft_that_the_page_explains():
    weak = {}
    for name, _, licence, _ in rows().values():
        assert licences.parts(licence) <= PERMISSIVE | WEAK_COPYLEFT, f"{name}: {licence}"
        for part in licences.parts(licence) & WEAK_COPYLEFT:
            weak.setdefault(part.partition("-")[0], set()).add(name)
    told = re.findall(r"^\* \*\*(\w+).*?\*\* \((.*?)\):", licences.INTRODUCTION, re.MULTILINE)
    assert {family: set(names.split(", ")) for family, names in told} == weak


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "MIT AND AGPL-3.0-or-later", "unknown"])
def test_other_licences_are_seen(expression):
    assert not licences.parts(expression) <= PERMISSIVE | WEAK_COPYLEFT


def test_extras_and_markers_are_followed():
    found = licences.reached([Requirement("pytest-xdist"), Requirement("jax")])
    assert {"pytest-xdist", "execnet", "pytest", "pluggy", "jaxlib", "ml-dtypes"} <= set(found)
    assert "colorama" in found  # on Windows alone
    assert "nvidia-cudnn-cu12" not in found
