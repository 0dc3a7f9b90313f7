"""Records and run folders for the tests of this folder."""

import copy

CONFIG = {"depth": 5}
RLNE = "simulated/all/rlne"
R2 = "simulated/all/peak_r2"
SLOPE = "simulated/all/height_slope"


def score(value, unit="", n=1, sd=None):
    return {"value": value, "unit": unit, "n": n, "sd": sd}


def record(seed=0, metrics=None, baselines=None, **changes):
    """A complete, publishable record of the faithful variant at paper scale."""
    environment = {
        "backend": "jax",
        "device": "cpu",
        "hardware": {"processor": "AMD EPYC", "cores": 2},
        "commit": "0" * 40,
        "dirty": False,
        "versions": {"python": "3.11.7"},
        "seconds": 90.0,
        "when": "2026-11-22T12:00:00+00:00",
    }
    made = {
        "schema": 1,
        "name": "qu_cnn",
        "preset": "paper",
        "variant": "faithful",
        "id": f"paper-faithful-jax-s{seed}-0123abcd",
        "seed": seed,
        "config": CONFIG,
        "overrides": {},
        "status": "complete",
        "trained": environment,
        "evaluated": environment,
        "parts": {"network": {"parameters": 10, "epochs": 2, "seconds": 90.0, "weights_sha256": "ab"}},
        "data": {"simulated": {"roles": ["train"], "checksums": {}}},
        "left_out": {},
        "notes": [],
        "metrics": {id: score(value) for id, value in (metrics or {RLNE: 0.05}).items()},
        "baselines": {
            method: {id: score(value) for id, value in ids.items()}
            for method, ids in (baselines or {"ist_s": {RLNE: 0.08}}).items()
        },
    }
    return copy.deepcopy(made | changes)
