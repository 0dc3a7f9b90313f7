"""Records and run folders for the tests of this folder."""

import copy
import json
import zlib

import numpy as np

from common.reporting.events import EventWriter
from common.reporting.record import write_record
from common.reporting.weights import weights_sha256

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


def run_folder(root, made=None, weights=1000, epochs=5):
    """A finished run as a session leaves it, with so many single-precision numbers in its network."""
    import h5py

    made = made or record()
    folder = root / made["name"] / made["id"]
    for split in ("train", "validation"):
        with EventWriter(folder / split) as events:
            for step in range(epochs):
                events.scalar("epoch_loss", 1 / (step + 1), step)
                events.image("contours", png(6, 4, filler=bytes([65 + step % 26]) * 9000), step)
    with EventWriter(folder) as events:
        events.hparams({"depth": 5, "preset": made["preset"]}, f"{made['name']}/{made['id']}")
        for id, one in made["metrics"].items():
            if one["value"] is not None:
                events.scalar(id, one["value"], 0)
        events.session_end(True)
    (folder / "weights").mkdir()
    with h5py.File(folder / "weights" / "network.weights.h5", "w") as file:
        values = np.random.default_rng(0).normal(size=weights).astype(np.float32)
        file.create_dataset("layers/dense/vars/0", data=values)
        file.create_group("layers/dropout/vars")
        file["layers"].attrs["name"] = "dense"
        file.create_dataset("layers/dense/vars/1", data=np.arange(3))
    summary = {"weights_sha256": weights_sha256(folder / "weights" / "network.weights.h5")}
    (folder / "weights" / "network.json").write_text(json.dumps(summary))
    (folder / "figures").mkdir()
    (folder / "figures" / "contours.png").write_bytes(png(6, 4))
    (folder / "config.json").write_text(json.dumps({"name": made["name"], "config": CONFIG}))
    (folder / ".lock").write_text("1\n")
    write_record(folder, made)
    return folder


def png(width, height, filler=b""):
    """A grey PNG made by hand; ``filler`` goes into a text chunk, so that its size can be chosen."""

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    text = chunk(b"tEXt", b"filler\0" + filler) if filler else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
