"""What `nmr-repro apply mr3d_densenet` says of predicted shieldings: lines, a table, a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from common.say import say

from .environments import NUMBERS

if TYPE_CHECKING:
    from common.structures import Crystal

    from .ranking import Ranking


def summary(crystals: list[Crystal]) -> None:
    """A line a nucleus; against shieldings that the files have, the error too."""
    joined = {
        name: np.concatenate([crystal.columns.get(name, crystal.shieldings * np.nan) for crystal in crystals])
        for name in ("uncertainty", "known")
    }
    numbers = np.concatenate([crystal.numbers for crystal in crystals])
    values = np.concatenate([crystal.shieldings for crystal in crystals])
    for element, z in NUMBERS.items():
        rows = (numbers == z) & np.isfinite(values)
        if not rows.any():
            continue
        error = values[rows] - joined["known"][rows]
        error = error[np.isfinite(error)]
        against = f"; RMSE to the file's {np.sqrt(np.mean(error**2)):.2f}" if len(error) else ""
        say(
            element,
            f"{rows.sum()} atoms, {values[rows].min():.1f} to {values[rows].max():.1f} ppm,"
            f" stated sd {np.sqrt(np.mean(joined['uncertainty'][rows] ** 2)):.2f}{against}",
        )


def ranking(found: Ranking, line: Ranking, sites: int) -> None:
    """Say the order of candidates, each with its own offset, and beside it the errors of one line for all."""
    say("ranking", f"RMSE of {sites} sites in ppm, with an offset for each; with one line for all")
    for place, k in enumerate(found.order, start=1):
        own = f"{found.rmse[k]:.3f}  (offset {found.offsets[k]:.2f})"
        say(f"{place:>6}", f"  {found.names[k]:16} {own}  {line.rmse[k]:.3f}")
    say("margin", f"{found.margin:.3f} ppm; with one line for all {line.first} is first")


def table(crystals: list[Crystal]) -> None:
    """Print the predicted atoms, symmetry copies once each."""
    from common.io.crystals import symbols

    for crystal in crystals:
        print(f"{crystal.name}\n atom    ppm       sd" + ("    shift" if "shift" in crystal.columns else ""))
        seen = set()
        for k, symbol in enumerate(symbols(crystal)):
            extra = [crystal.columns[name][k] for name in ("uncertainty", "shift") if name in crystal.columns]
            row = f"{symbol:>2}{k + 1:<4}{crystal.shieldings[k]:8.2f}" + "".join(f"{x:8.2f}" for x in extra)
            if np.isfinite(crystal.shieldings[k]) and (key := (symbol, crystal.shieldings[k])) not in seen:
                seen.add(key)
                print(row)
