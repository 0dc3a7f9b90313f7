"""Spin systems that GISSMO fitted to measured 1H spectra (Dashti et al., Anal. Chem. 2017, 89, 12201).

They come as a zip of JSON files, one an entry, as https://github.com/AI4DBiological-Systems/PublicNMRData
has them; see ``data_specs/gissmo_spin_systems.toml``. No file gives CAS number, InChI or structure, only
names, and many compounds stand there several times: measured again, as another enantiomer, at another field.
:attr:`GissmoEntry.compound` is therefore the same for all entries that may be one compound, so that splits
can go by it.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from common.errors import FormatError
from common.io.text import read_bytes
from common.simulation.spins import SpinSystem

#: Spins of one entry at most; the largest has 40 (ours).
MOST_SPINS = 100
#: Bytes of one JSON file at most; names take 0.3 MB (ours).
MOST_JSON = 2**23
#: Entries with as many spins, all shifts alike within this many ppm, count as one compound (ours: what two
#: measurements of a metabolite at pH 7.4 differ by; unrelated compounds fall together only with few spins,
#: which costs a split nothing).
ALIKE = 0.02
#: In names: parts that say nothing about the spectrum (enantiomers) or of another molecule (salts, water).
_MEANINGLESS = re.compile(
    r"\((?:[rsdl]|\+-|\+|-)(?:,[rs])*\)|\b(?:dl?|l|r|s)-|\b(?:mono|di)?hydro(?:chloride|bromide)\b|\bhydrate\b",
)


@dataclass(frozen=True)
class GissmoEntry:
    """A fitted spin system.

    entry: its name at GISSMO, as ``bmse000042_simulation_1``. name: of the compound, as written there.
    compound: the same for all entries that may be the same compound. ids: number of every spin in the
    structure of the entry, in the order of ``system``, whose nuclei are all 1H.
    """

    entry: str
    name: str
    compound: str
    ids: tuple[int, ...]
    system: SpinSystem


def read_gissmo(path) -> list[GissmoEntry]:
    """The spin systems in a zip, by entry. ``FormatError`` for a damaged zip or file.

    Entries of water alone (``D2O4.7ppm``) are left out: solvents are no compounds here. Couplings among
    spins of one shift are as fitted (-12.5 Hz in a methyl group, say); they show nowhere.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
            files = _files(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise FormatError(path, "is no zip, or a damaged one") from None
    names = _names(path, files.pop("GISSMO_names.json", {}))
    known = {entry.partition("_sim")[0]: name for entry, name in names.items()}
    found = []
    for file, table in sorted(files.items()):
        entry = file.removesuffix(".json")
        if not entry.startswith("D2O"):
            name = names.get(entry) or known.get(entry.partition("_")[0]) or _own_name(entry)
            found.append(GissmoEntry(entry, name, compound_key(name), *_system(f"{path}: {file}", table)))
    if not found:
        raise FormatError(path, "has no spin systems: no coupling_info/*.json in it")
    return _one_compound(found)


def compound_key(name: str) -> str:
    """A name without what makes no difference: case, hyphens, enantiomers, salts, acid or its anion."""
    plain = _MEANINGLESS.sub("", name.lower())
    return re.sub("[^a-z0-9]", "", re.sub(r"ic[- ]acid\b", "ate", plain))


def _files(path, archive: zipfile.ZipFile) -> dict:
    """Parsed JSON by file name: of all entries, and the table of names."""
    found = {}
    for info in archive.infolist():
        place = PurePosixPath(info.filename)
        if place.suffix != ".json" or place.parent.name not in ("coupling_info", "molecule_name_mapping"):
            continue
        if place.parent.name == "coupling_info" or place.name == "GISSMO_names.json":
            if info.file_size > MOST_JSON:
                raise FormatError(path, f"{place.name} is far too long: {info.file_size} bytes")
            try:
                found[place.name] = json.loads(archive.read(info).decode())
            except (ValueError, RecursionError):
                raise FormatError(path, f"{place.name} is not JSON") from None
    return found


def _names(path, table) -> dict[str, str]:
    """Name of the compound by entry."""
    try:
        pairs = [
            (value["file name"].removesuffix(".json"), key.rsplit(" ", 2)) for key, value in table.items()
        ]
    except (AttributeError, TypeError, KeyError):
        raise FormatError(path, "GISSMO_names.json: not a table of names with their files") from None
    return {entry: parts[0].strip() for entry, parts in pairs}


def _own_name(entry: str) -> str:
    return re.sub(r"_(?:Govindaraju_2000|mod)$", "", entry)


def _system(where: str, table) -> tuple[tuple[int, ...], SpinSystem]:
    try:
        shifts = {spin["ID"]: spin["value"] for spin in table["chemical shift"]}
        pairs = [(pair["ID1"], pair["ID2"], pair["value"]) for pair in table["J-coupling"]]
        count = len(table["chemical shift"])
    except (TypeError, KeyError):
        raise FormatError(where, "not lists of 'chemical shift' and 'J-coupling' with their IDs") from None
    values = [*shifts.values(), *(value for *_, value in pairs)]
    if not all(type(v) in (int, float) and math.isfinite(v) and abs(v) < 1e4 for v in values):
        raise FormatError(where, "has a shift or coupling that is no number")
    if not 0 < count <= MOST_SPINS or len(shifts) < count or not all(type(i) is int for i in shifts):
        raise FormatError(where, f"needs 1 to {MOST_SPINS} spins, each with a number of its own")
    if any(i not in shifts or j not in shifts or i == j for i, j, _ in pairs):
        raise FormatError(where, "has a coupling of a spin that is not there, or of one with itself")
    return tuple(shifts), SpinSystem.of(shifts, pairs)


def _one_compound(entries: list[GissmoEntry]) -> list[GissmoEntry]:
    """One key for entries of one key, of one BMRB entry, or whose shifts are alike."""
    label = np.arange(len(entries))

    def join(members) -> None:
        same = np.isin(label, label[list(members)])
        label[same] = label[same].min()

    shared: dict[str, list[int]] = {}
    for i, entry in enumerate(entries):
        for key in (entry.compound, entry.entry.partition("_sim")[0].split("_al")[0].split("_be")[0]):
            shared.setdefault(key, []).append(i)
    for members in shared.values():
        join(members)
    sizes = np.array([len(entry.ids) for entry in entries])
    for size in np.unique(sizes):
        of = np.flatnonzero(sizes == size)
        shifts = np.sort([entries[i].system.shifts for i in of], axis=1)
        alike = np.abs(shifts[:, None] - shifts).max(-1) <= ALIKE
        for a, b in np.argwhere(np.triu(alike, 1)):
            join((of[a], of[b]))
    return [
        replace(entry, compound=entries[first].compound) for entry, first in zip(entries, label, strict=True)
    ]
