"""What a record is told of the proteins that networks of shifts learn from and are tested on."""

from common import datasets
from common.shifts.dataset import TEST
from common.shifts.proteins import report
from common.training.findings import Findings


def test_a_record_has_the_files_of_every_set(tmp_path):
    found = Findings(tmp_path)
    report(found, ("protein_shifts_paired", "protein_shifts_paired_more"), made_up=0)
    roles = {name: entry["roles"] for name, entry in found.data.items()}
    assert roles == {
        "protein_shifts_paired": ["train"], "protein_shifts_paired_more": ["train"], TEST: ["test"],
    }  # fmt: skip
    assert found.data[TEST]["checksums"] == datasets.load(TEST).checksums


def test_made_up_peptides_have_no_files(tmp_path):
    found = Findings(tmp_path)
    report(found, ("protein_shifts_paired",), made_up=4)
    assert found.data == {}
