"""Tables of the study of simulated brain spectra."""

from __future__ import annotations

from common.reporting.tables import NONE, Table

#: What spectra are: measured, or simulated with macromolecules of the table or as measured in volunteers.
REAL, TABLE, MEASURED = KINDS = ("real", "simulated", "measured macromolecules")


def tables(record: dict) -> dict[str, dict]:
    """Every table by name."""
    made = {"quantities": quantities(record), "spectra": spectra(record), "panels": panels(record)}
    return {name: table.to_json() for name, table in made.items()}


def quantities(record: dict) -> Table:
    """A row a quantity: quartiles of each kind, and where the real ones lie among the simulated ones."""
    cases = [each["case"] for each in record["spectra"]]
    rows = []
    for row in record["quantities"]:
        table, measured = row[TABLE], row[MEASURED]
        real = quartiles(row[REAL]) if REAL in row else NONE
        found = real, quartiles(table["quartiles"]), quartiles(measured["quartiles"])
        ranks = [f"{table['ranks'][case]:.0f}" for case in cases]
        within = [f"{each['within']:.0f} %" for each in (table, measured)]
        rows.append((row["quantity"], *found, *ranks, *within))
    columns = ("quantity", *KINDS, *cases, "within", f"within, {MEASURED}")
    notes = (
        "real, simulated, measured macromolecules: 25, 50 and 75 %. A value at a shift is a mean over 0.08"
        " ppm, relative to the height of NAA; rms of the eight: of those at the shifts without a name."
        " SNR and line width are alike by design, as far as the fit of NAA can tell.",
        "Below a spectrum's name: the share of simulated spectra, in %, below the median of its versions.",
        "within: share of the real versions between 5 and 95 % of simulated ones; 90 % if both are alike.",
        "distance from the mean: Mahalanobis, over the values at the eleven shifts. Half of the simulated"
        " spectra give mean and covariance, the others are those that the real ones are ranked among.",
    )
    return Table(columns, tuple(rows), notes)


def quartiles(values: list[float]) -> str:
    """The three in a cell."""
    digits = 1 if max(values) > 3 else 2
    return ", ".join(f"{value:.{digits}f}" for value in values)


def spectra(record: dict) -> Table:
    """A row a real spectrum: what it was as measured, and how many spectra stand for it."""
    seen = {(each["case"], each["kind"]): str(each["spectra"]) for each in record["panels"]}
    rows = [
        (
            each["case"],
            each["subject"],
            f"{each['te']:g}",
            f"{each['mhz']:.1f}",
            f"{each['snr']:.0f}",
            f"{each['linewidth']:.1f}",
            *(seen[each["case"], kind] for kind in KINDS),
        )
        for each in record["spectra"]
    ]
    columns = ("spectrum", "subject", "TE (ms)", "MHz", "SNR", "line width (Hz)", *KINDS)
    notes = ("SNR and line width: as measured. The last columns: spectra of each kind whose NAA is seen.",)
    return Table(columns, tuple(rows), notes)


def panels(record: dict) -> Table:
    """The key of the figure: which panels are of which kind."""
    found = {kind: [] for kind in KINDS}
    for number, panel in enumerate(record["panels"], 1):
        found[panel["kind"]].append(f"{number} ({panel['case']})" if panel["kind"] == REAL else str(number))
    return Table(("kind", "panels"), tuple((kind, ", ".join(each)) for kind, each in found.items()))
