"""NIfTI-MRS: a measured file, any order of dimensions, extensions that break the standard, damaged files."""

import gzip
import io
import itertools
import json

import numpy as np
import pytest

from common.errors import FormatError
from common.io.nifti_mrs import is_nifti, read_nifti_mrs, write_nifti_mrs
from tests.common.io.fuzz import fuzz
from tests.common.io.voxel import acquisition, check, peak, same_signal

SIZES = {"DIM_COIL": 3, "DIM_DYN": 4, "DIM_MEAS": 2, "DIM_PHASE_CYCLE": 2, "DIM_EDIT": 2, "DIM_USER_0": 2}
FIELDS = {
    "SpectrometerFrequency": [127.75],
    "ResonantNucleus": ["1H"],
    "EchoTime": 0.03,
    "RepetitionTime": 2.0,
}


def write_file(path, data, extension, version=2, big=False, code=44, unit=8, dwell=5e-4):
    """A NIfTI file by nibabel alone, with any JSON (or bytes) for an extension."""
    from nibabel import Nifti1Image, Nifti2Image
    from nibabel.nifti1 import Nifti1Extension

    image = (Nifti1Image if version == 1 else Nifti2Image)(data, np.diag([20.0, 20.0, 20.0, 1.0]))
    header = image.header.as_byteswapped(">") if big else image.header
    image = type(image)(data, None, header)
    image.header["pixdim"][4], image.header["xyzt_units"] = dwell, unit
    content = extension if isinstance(extension, bytes) else json.dumps(extension).encode()
    image.header.extensions.append(Nifti1Extension(code, content))
    stream = io.BytesIO()
    image.to_stream(stream)
    path.write_bytes(gzip.compress(stream.getvalue()) if path.name.endswith(".gz") else stream.getvalue())
    return path


def noise(*shape):
    rng = np.random.default_rng(0)
    return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(np.complex64)


def test_measured_spectrum_has_naa_where_it_belongs(data_dir):
    """7 T STEAM of four coils, combined by their first points."""
    folder = data_dir("mrs_invivo") / "oxford_7t_steam"
    found = read_nifti_mrs(folder / "metab_raw.nii.gz")
    assert found.fids.shape == (4, 16, 4096)
    assert (found.te, found.tr, found.sequence) == (pytest.approx(11.0), 5000.0, "svs_st")
    assert found.axis.sw == pytest.approx(1 / 8.33e-5)
    assert found.axis.mhz == pytest.approx(297.219948)
    assert found.axis.carrier == 4.65
    weights = found.fids[:, :, 0].mean(1).conj()
    fid = np.einsum("c,cap->p", weights, found.fids)
    assert peak(fid, found.axis, 1.8, 2.2) == pytest.approx(2.01, abs=0.05)
    assert peak(fid, found.axis, 2.9, 3.1) == pytest.approx(3.03, abs=0.05)
    water = read_nifti_mrs(folder / "wref_raw.nii.gz")
    assert water.fids.shape == (4, 2, 4096)
    assert peak(water.fids[0, 0], water.axis, 3.0, 6.0) == pytest.approx(4.65, abs=0.05)


TAGS = [tags for count in range(4) for tags in itertools.permutations(list(SIZES)[:4], count)]


@pytest.mark.parametrize("tags", TAGS, ids="-".join)
def test_any_order_of_dimensions(tmp_path, tags):
    """Coils first, then what repeats, in the order of the file, then points; conjugated."""
    data = noise(1, 1, 1, 8, *(SIZES[tag] for tag in tags))
    extension = FIELDS | {f"dim_{place}": tag for place, tag in enumerate(tags, start=5)}
    found = read_nifti_mrs(write_file(tmp_path / "a.nii", data, extension)).fids
    coils = 3 if "DIM_COIL" in tags else 1
    assert found.shape == (coils, data[0, 0, 0, 0].size // coils, 8)
    labels = ["DIM_COIL"] * ("DIM_COIL" in tags) + [tag for tag in tags if tag != "DIM_COIL"]
    for place in np.ndindex(*(SIZES[tag] for tag in tags)):
        index = dict(zip(tags, place, strict=True))
        average = 0
        for tag in labels:
            average = average if tag == "DIM_COIL" else average * SIZES[tag] + index[tag]
        np.testing.assert_array_equal(
            found[index.get("DIM_COIL", 0), average], data[0, 0, 0][:, *place].conj()
        )


def test_dimensions_without_tags_are_coils_and_dynamics(tmp_path):
    found = read_nifti_mrs(write_file(tmp_path / "a.nii", noise(1, 1, 1, 8, 3, 4), FIELDS))
    assert found.fids.shape == (3, 4, 8)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("kind", ["c8", "c16"])
def test_both_versions_byte_orders_and_precisions(tmp_path, version, big, name, kind):
    data = noise(1, 1, 1, 8, 2).astype(kind)
    found = read_nifti_mrs(write_file(tmp_path / name, data, FIELDS, version, big))
    np.testing.assert_array_equal(found.fids[:, 0], data[0, 0, 0].conj().T)
    assert found.axis.sw == pytest.approx(2000.0, rel=1e-6)
    assert (found.axis.mhz, found.te, found.tr) == (127.75, 30.0, 2000.0)
    assert np.array(found.header["affine"])[0, 0] == 20.0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SpectrometerFrequency": 127.75}, {"mhz": 127.75}),
        ({"SpectrometerFrequency": "127.75"}, {"mhz": 127.75}),
        ({"SpectrometerFrequency": [127.75e6]}, {"mhz": 127.75}),
        ({"ResonantNucleus": "1H"}, {}),
        ({"ResonantNucleus": None}, {}),
        ({"InversionTime": None, "EchoTime": None}, {"te": None}),
        ({"EchoTime": [0.03]}, {}),
        ({"EchoTime": {"Value": 0.03}}, {"te": None}),
        ({"EchoTime": -1}, {"te": None}),
        ({"RepetitionTime": "two"}, {"tr": None}),
        ({"SequenceName": None, "ProtocolName": "svs"}, {"sequence": "svs"}),
        ({"SequenceName": "press", "ProtocolName": "svs"}, {"sequence": "press"}),
        ({"SpecFreqChemShift": 4.7}, {"carrier": 4.7}),
        ({"SpecFreqChemShift": 4.7, "RxOffset": -1.7}, {"carrier": pytest.approx(3.0)}),
        ({"TxOffset": -2.0}, {"carrier": 4.65}),
        ({"AcquisitionStartTime": 0.001}, {"first_delay": 2.0}),
        ({"SpectralWidth": 2000.05}, {"sw": 2000.05}),
        ({"SpectralWidth": 4000.0}, {"sw": 2000.0}),
    ],
)
def test_extensions_as_real_files_have_them(tmp_path, changes, expected):
    found = read_nifti_mrs(write_file(tmp_path / "a.nii", noise(1, 1, 1, 8), FIELDS | changes))
    usual = {"mhz": 127.75, "te": 30.0, "tr": 2000.0, "carrier": 4.65, "sw": 2000.0, "first_delay": 0.0}
    usual |= {"sequence": ""}
    for name, value in (usual | expected).items():
        assert getattr(found, name, getattr(found.axis, name, None)) == value, name


@pytest.mark.parametrize(("unit", "dwell"), [(0, 5e-4), (8, 5e-4), (16, 0.5), (24, 500.0), (10, 5e-4)])
def test_units_of_time(tmp_path, unit, dwell):
    path = write_file(tmp_path / "a.nii", noise(1, 1, 1, 8), FIELDS, unit=unit, dwell=dwell)
    assert read_nifti_mrs(path).axis.sw == pytest.approx(2000.0)


@pytest.mark.parametrize(
    ("shape", "changes", "message"),
    [
        ((2, 3, 1, 8), {}, "is an MRSI grid of 2 x 3 x 1 voxels; only one voxel is read"),
        (
            (1, 1, 1, 8, 2),
            {"dim_5": "DIM_EDIT"},
            "2 conditions of DIM_EDIT: edited data; choose one condition",
        ),
        ((1, 1, 1, 8, 2), {"dim_5": "DIM_METCYCLE"}, "metabolite-cycled"),
        ((1, 1, 1, 8, 2), {"dim_5": "DIM_INDIRECT_0"}, "dimension 5 is 'DIM_INDIRECT_0', which is not read"),
        ((1, 1, 1, 8, 2), {"dim_5": ["DIM_COIL"]}, "dimension 5 is"),
        ((1, 1, 1, 8, 2, 2), {"dim_6": "DIM_COIL"}, "dimension 6 is 'DIM_COIL'"),
        ((1, 1, 8), {}, "has dimensions"),
        ((1, 1, 1, 8), {"ResonantNucleus": ["31P"]}, "of nucleus 31P; only 1H"),
        ((1, 1, 1, 8), {"SpectrometerFrequency": None}, "does not state SpectrometerFrequency"),
        ((1, 1, 1, 8), {"SpectrometerFrequency": [-127]}, "spectrometer frequency would be -127 MHz"),
        ((1, 1, 1, 8), {"SpecFreqChemShift": 1e6}, "carrier at 1e[+]06 ppm"),
        ((1, 1, 1, 8), {"AcquisitionStartTime": 1e6}, "points away from the signal"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, shape, changes, message):
    with pytest.raises(FormatError, match=message):
        read_nifti_mrs(write_file(tmp_path / "a.nii", noise(*shape), FIELDS | changes))


def test_one_condition_of_edited_data_is_read(tmp_path):
    path = write_file(
        tmp_path / "a.nii", noise(1, 1, 1, 8, 1, 3), FIELDS | {"dim_5": "DIM_EDIT", "dim_6": "DIM_DYN"}
    )
    assert read_nifti_mrs(path).fids.shape == (1, 3, 8)


@pytest.mark.parametrize(
    ("extension", "code", "message"),
    [
        (FIELDS, 6, "no NIfTI-MRS header extension"),
        (b"{", 44, "is not JSON"),
        (b"[" * 100000, 44, "is not JSON"),
        (b"[1]", 44, "is not a JSON object"),
        (b'{"SpectrometerFrequency": NaN}', 44, "does not state SpectrometerFrequency"),
        (b'{"SpectrometerFrequency": 1' + b"0" * 400 + b"}", 44, "does not state SpectrometerFrequency"),
    ],
)
def test_wrong_extensions_are_named(tmp_path, extension, code, message):
    with pytest.raises(FormatError, match=message):
        read_nifti_mrs(write_file(tmp_path / "a.nii", noise(1, 1, 1, 8), extension, code=code))


def test_images_are_not_spectra(tmp_path):
    with pytest.raises(FormatError, match="holds float32 values, not complex ones"):
        read_nifti_mrs(write_file(tmp_path / "a.nii", noise(1, 1, 1, 8).real, FIELDS))
    (tmp_path / "b.nii").write_bytes(b"not a header at all")
    with pytest.raises(FormatError, match="is not a NIfTI file"):
        read_nifti_mrs(tmp_path / "b.nii")
    assert not is_nifti(b"\1\2")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize(("coils", "averages"), [(1, 1), (1, 3), (2, 1), (2, 3)])
def test_round_trip(tmp_path, name, coils, averages):
    made = acquisition(coils, averages, delay=0.5)
    write_nifti_mrs(tmp_path / name, made)
    found = read_nifti_mrs(tmp_path / name)
    np.testing.assert_allclose(found.fids, made.fids, atol=1e-6)
    assert (found.axis, found.te, found.tr, found.sequence) == (made.axis, 30.0, 2000.0, "PRESS")


def test_measured_file_round_trip(data_dir, tmp_path):
    """FIDs, axis and place are those of the file; what the standard does not know, and names, stay out."""
    made = read_nifti_mrs(data_dir("mrs_invivo") / "oxford_7t_steam" / "metab_raw.nii.gz")
    made.header["nifti_mrs"].update(
        {"PatientName": "A B", "InversionTime": None, "mine": 1, "WaterSuppressed": True}
    )
    write_nifti_mrs(tmp_path / "a.nii.gz", made)
    found = read_nifti_mrs(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(found.fids, made.fids)
    assert (found.axis, found.te, found.sequence) == (made.axis, made.te, made.sequence)
    np.testing.assert_allclose(found.header["affine"], made.header["affine"])
    kept = found.header["nifti_mrs"]
    assert (kept["Manufacturer"], kept["WaterSuppressed"], kept["TxOffset"]) == ("SIEMENS", True, -2.0)
    assert not {"PatientName", "InversionTime", "mine"} & set(kept)


def test_a_carrier_elsewhere_is_turned_to_water(tmp_path):
    made = acquisition(points=512, carrier=3.0)
    write_nifti_mrs(tmp_path / "a.nii.gz", made)
    found = read_nifti_mrs(tmp_path / "a.nii.gz")
    assert found.axis.carrier == 4.65
    assert same_signal(found, made, 1e-6)


def test_a_written_file_has_what_the_standard_asks_for(tmp_path):
    """As nifti-mrs 1.4.1 checks it, which is no dependency: complex64, intent, units, lists where due."""
    import nibabel

    write_nifti_mrs(tmp_path / "a.nii.gz", acquisition(2, 3))
    image = nibabel.load(tmp_path / "a.nii.gz")
    assert image.shape == (1, 1, 1, 64, 2, 3)
    assert image.get_data_dtype() == np.complex64
    assert image.header.get_intent()[2] == "mrs_v0_11"
    assert image.header.get_xyzt_units() == ("mm", "sec")
    assert image.header["pixdim"][4] == 5e-4
    assert int(image.header["qform_code"]) > 0
    extension = json.loads(image.header.extensions[0].get_content())
    assert extension["SpectrometerFrequency"] == [127.75]
    assert extension["ResonantNucleus"] == ["1H"]
    assert (extension["dim_5"], extension["dim_6"]) == ("DIM_COIL", "DIM_DYN")
    assert (extension["EchoTime"], extension["RepetitionTime"]) == (0.03, 2.0)


@pytest.mark.parametrize("version", [1, 2])
def test_fuzz(tmp_path, version):
    path = write_file(tmp_path / "a.nii", noise(1, 1, 1, 16, 2, 3), FIELDS, version)

    def right(found):
        check(found)
        blob = path.read_bytes()
        assert found.fids.size == 96
        stored = np.frombuffer(blob[-96 * 8 :], "<u4")
        assert np.isin(np.abs(found.fids.real).astype("<f4").view("<u4"), stored & 0x7FFFFFFF).all()

    outcome = fuzz(read_nifti_mrs, path, right, header=700)
    assert min(outcome.values()) > 50


def test_fuzz_of_the_extension_and_of_gzip(tmp_path):
    path = write_file(tmp_path / "a.nii", noise(1, 1, 1, 16, 2, 3), FIELDS)
    assert min(fuzz(read_nifti_mrs, path, check, text=True, seed=2).values()) > 50
    packed = write_file(tmp_path / "a.nii.gz", noise(1, 1, 1, 16, 2, 3), FIELDS)
    assert fuzz(read_nifti_mrs, packed, check, count=300)["refused"] > 200
