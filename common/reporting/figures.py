"""Figures of spectra and scores, for the run folder, TensorBoard and the README."""

from __future__ import annotations

import io


def png_bytes(figure) -> bytes:
    """The PNG file of a matplotlib figure. It carries no version: equal figures, equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
