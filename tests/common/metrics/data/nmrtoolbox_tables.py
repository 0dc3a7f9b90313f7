"""Make ``nmrtoolbox.json``: random peak tables and what the package nmrtoolbox 11.1 says of them.

Run by hand in an environment of its own, see SOURCE.md. The tables go to the package as files in NMRPipe's
format, the way it reads them from a peak picker; its answers are stored as they come.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from nmrtoolbox.roc import RocData, roc

#: Axis letter, label, MHz, points and ppm range of each dimension.
DIMENSIONS = (
    ("X", "HN", 600.0, 512, (11.0, 6.0)),
    ("Y", "15N", 60.0, 256, (135.0, 105.0)),
    ("Z", "13C", 150.0, 128, (185.0, 165.0)),
)


def table(hz, height, width=None):
    """The text of a peak table: positions (n, ndim) in Hz, heights (n,), widths (n, ndim) in Hz."""
    dimensions = DIMENSIONS[: hz.shape[1]]
    lines = ["REMARK made for a test", ""] if width is None else ["# genSimTab.tcl", ""]
    for letter, label, _, points, (high, low) in dimensions:
        lines.append(f"DATA {letter}_AXIS {label} 1 {points} {high}ppm {low}ppm")
    words = ["_AXIS", "1", "3", "W", "_PPM", "_HZ"]
    columns = [letter + word for letter, *_ in dimensions for word in words]
    lines += ["", " ".join(["VARS INDEX", *columns, "HEIGHT"]), "FORMAT none", ""]
    for i, (position, tall) in enumerate(zip(hz, height, strict=True)):
        row = [str(i + 1)]
        for axis, (_, _, mhz, points, (high, low)) in enumerate(dimensions):
            per_point = (high - low) * mhz / points
            wide = 1.0 if width is None else width[i, axis] / per_point
            row += ["1.0", "0.0", repr(float(wide)), repr(float(wide))]
            row += [repr(float(position[axis] / mhz)), repr(float(position[axis]))]
        lines.append(" ".join([*row, repr(float(tall))]))
    return "\n".join(lines) + "\n"


def answer(case):
    """What the package makes of a case; its error where it has one."""
    recovered, synthetic, width = (np.array(case[key]) for key in ("recovered", "synthetic", "width"))
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "recovered.tab"), Path(folder, "synthetic.tab")
        files[0].write_text(table(recovered.reshape(-1, synthetic.shape[1]), case["height"]))
        files[1].write_text(table(synthetic, np.ones(len(synthetic)), width))
        try:
            found = roc(*map(str, files), lw_scalar=case["lw_scalar"])
        except Exception as error:
            return {"error": type(error).__name__}
    np.testing.assert_allclose(found.peak_range_hz, case["lw_scalar"] * width.max(axis=0))
    pairs = [p for p in found.roc_points if p.category != RocData.Category.corner]
    return {
        "partner": [p.synthetic_peak.prop["INDEX"] - 1 if p.synthetic_peak else -1 for p in pairs],
        "order": [p.recovered_peak.prop["INDEX"] - 1 for p in pairs],
        "FDR": found.FDR().tolist(),
        "RR": found.RR().tolist(),
        "AUC": float(found.AUC),
        "DPC": float(found.DPC),
        "MRMF": float(found.MRMF),
    }


def random_case(seed, ndim, synthetic=12, true=8, false=6, jitter=0.4, ties=False, lw_scalar=1.0, box=None):
    """Some synthetic peaks with a recovered one nearby, and recovered ones anywhere; box: ppm share used."""
    rng = np.random.default_rng(seed)
    low = np.array([mhz * min(ppm) for _, _, mhz, _, ppm in DIMENSIONS[:ndim]])
    high = np.array([mhz * max(ppm) for _, _, mhz, _, ppm in DIMENSIONS[:ndim]])
    high = high if box is None else low + box * (high - low)
    places = rng.uniform(low, high, (synthetic, ndim)).round(3)
    width = rng.uniform(10, 30, (synthetic, ndim)).round(3)
    chosen = rng.choice(synthetic, true, replace=true > synthetic)
    near = places[chosen] + rng.uniform(-1, 1, (true, ndim)) * jitter * width.max(axis=0)
    recovered = np.concatenate([near, rng.uniform(low, high, (false, ndim))]).round(3)
    height = rng.normal(0, 100, true + false).round(3)
    height = np.sign(height) * np.ceil(np.abs(height) / 50) if ties else height
    shuffled = rng.permutation(true + false)
    return {
        "recovered": recovered[shuffled].tolist(),
        "height": height[shuffled].tolist(),
        "synthetic": places.tolist(),
        "width": width.tolist(),
        "lw_scalar": lw_scalar,
    }


def cases():
    """Every case by name."""
    made = {}
    for ndim in (2, 3):  # the package cannot read 1D tables
        made[f"{ndim}D"] = random_case(ndim, ndim)
        made[f"{ndim}D perfect"] = random_case(10 + ndim, ndim, 10, 10, 0, jitter=0.1)
        made[f"{ndim}D all false"] = random_case(20 + ndim, ndim, 5, 0, 7)
        made[f"{ndim}D ties"] = random_case(30 + ndim, ndim, ties=True)
        made[f"{ndim}D crowded"] = random_case(40 + ndim, ndim, 15, 25, 5, jitter=1.3, box=0.03)
        made[f"{ndim}D wide"] = random_case(50 + ndim, ndim, jitter=1.5, lw_scalar=1.5)
    made["3D one of one"] = random_case(60, 3, 1, 1, 0)
    made["2D nothing recovered"] = {**random_case(61, 2, 5, 0, 0), "recovered": [], "height": []}
    return made


if __name__ == "__main__":
    answers = [{"name": name, **case, "nmrtoolbox": answer(case)} for name, case in cases().items()]
    Path(sys.argv[1]).write_text("[\n" + ",\n".join(map(json.dumps, answers)) + "\n]\n")
