"""The command line: quick answers, one line for a mistake, and each command on fabricated runs."""

import errno
import gc
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from common.reporting.record import write_record
from reproductions import cli, commands, registry, runs
from tests.common.reporting.fabricate import record
from tests.processes import HEAVY, ROOT, python

COMMANDS = tuple(commands.COMMANDS)


def start(*words, cwd=ROOT, code=None, **environment):
    """Run the command line in a process of its own; returns it and the seconds it took."""
    code = code or "import sys; from reproductions.cli import main; sys.exit(main())"
    began = time.monotonic()
    done = python("-c", code, *words, cwd=cwd, **environment)
    return done, time.monotonic() - began


def fails(capsys, *words) -> str:
    """The one line that a mistake is answered with."""
    assert cli.main(list(map(str, words))) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("nmr-repro: ")
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.fixture
def run_folder(tmp_path):
    """A finished run, as the record says, with weights that no test reads."""
    made = record(seed=3)
    folder = tmp_path / "runs" / made["name"] / made["id"]
    (folder / "weights").mkdir(parents=True)
    write_record(folder, made)
    (folder / "config.json").write_text(json.dumps({"name": "qu_cnn"}))
    return folder


# --- quick and light

ANSWERED_AT_ONCE = [
    ["--help"],
    ["list"],
    ["run", "qu_cnn", "--help"],
    ["rnu"],
    ["run", "qu_cn"],
    ["run", "qu_cnn", "--blokcs", "3"],
    ["run", "qu_cnn", "--blocks", "many"],
    ["evaluate", "nowhere"],
    ["score", "nus", "a.ft2", "b.ft2"],
    ["data", "fetch", "nus_hsqc"],
]


@pytest.mark.parametrize("words", ANSWERED_AT_ONCE, ids=" ".join)
def test_help_and_mistakes_load_nothing_heavy(words, capsys):
    code = (
        "import sys\n"
        "from reproductions.cli import main\n"
        "try: code = main()\n"
        "except SystemExit as left: code = left.code\n"
        f"print('loaded', *sorted({HEAVY!r} & set(sys.modules)))\n"
        "sys.exit(code)"
    )
    done, seconds = start(*words, code=code)
    assert done.stdout.splitlines()[-1] == "loaded"
    assert done.returncode == (0 if {"--help", "list"} & set(words) else 2), done.stderr
    # Under a second on an idle machine; a loaded one is allowed more, but not what importing Keras takes.
    assert seconds < 4


def test_the_overview_names_every_command_and_help_shows_an_example(capsys):
    assert cli.main([]) == 0
    overview = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in overview
        with pytest.raises(SystemExit) as left:
            cli.main([name, "--help"])
        assert left.value.code == 0
        assert f"example: nmr-repro {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", registry.names())
def test_help_of_a_run_shows_every_field_with_its_source(name, capsys):
    config = registry.get(name).module("config").Config
    with pytest.raises(SystemExit):
        cli.main(["run", name, "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for field in config.__dataclass_fields__:
        assert re.search(rf"--{field} VALUE (paper|patent|code|review|recalled|ours)\b", text), field
    assert name != "qu_cnn" or "--blocks VALUE paper: five consecutive" in text


def test_list_shows_presets_and_variants(capsys):
    assert cli.main(["list"]) == 0
    text = capsys.readouterr().out
    config = registry.get("qu_cnn").module("config")
    for word in ("qu_cnn", "2019", *config.PRESETS, *config.VARIANTS, *registry.CLASSICAL):
        assert word in text


# --- mistakes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "did you mean run?"),
        (["run"], "qu_cnn"),
        (["run", "qu_cn"], "did you mean qu_cnn?"),
        (["run", "qu_cnn", "--blokcs", "3"], "did you mean --blocks"),
        (["run", "qu_cnn", "--blocks"], "expected one argument"),
        (["run", "qu_cnn", "--blocks", "many"], "blocks needs a whole number"),
        (["run", "qu_cnn", "--preset", "qick"], "did you mean quick?"),
        (["run", "qu_cnn", "--variant", "faithfull"], "did you mean faithful?"),
        (["run", "qu_cnn", "--seed", "-1"], "whole number from 0"),
        (["run", "qu_cnn", "--pre", "smoke"], "--preset"),
        (["run", "qu_cnn", "extra"], "extra"),
        (["apply"], "ist_s"),
        (["apply", "ist"], "did you mean ist_s or ist_d or irls?"),
        (["compare", "mrs"], "there are nus"),
        (["score", "mrs", "a", "b"], "there is nus"),
        (["table", "qu_cn"], "did you mean qu_cnn?"),
        (["table", "--write", "no.md"], "no.md does not exist"),
        (["data", "fetch", "nus_hsqc"], "did you mean"),
        (["data", "prepare"], "there is sparta_public"),
        (["data", "prepare", "sparta_public", "--from", "nowhere"], "nowhere is not a folder"),
        (["evaluate", "nowhere"], "no run 'nowhere'"),
        (["unpack", "no.tar"], "no.tar does not exist"),
        (["browse", "nowhere"], "nowhere is no folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_is_one_line_that_says_what_to_do(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in fails(capsys, *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("backend", "said"), [("torch", "there are tensorflow, jax"), ("jax", "not installed")]
)
def test_a_backend_that_is_not_there_is_said_before_it_is_imported(backend, said, tmp_path):
    code = "import sys\nsys.modules['jax'] = None\nfrom reproductions.cli import main\nsys.exit(main())"
    done, _ = start("run", "qu_cnn", "--preset", "smoke", code=code, cwd=tmp_path, KERAS_BACKEND=backend)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_one_line_and_an_unexpected_error_keeps_its_traceback(monkeypatch, capsys):
    def stop(parser, words):
        raise KeyboardInterrupt

    def fail(parser, words):
        raise ZeroDivisionError

    monkeypatch.setitem(commands.COMMANDS, "list", stop)
    assert cli.main(["list"]) == 130
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setitem(commands.COMMANDS, "list", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["list"])


@pytest.fixture
def heard():
    """Ctrl-C as in a terminal: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_ctrl_c_that_python_drops_comes_again(monkeypatch, capsys, heard):
    def callback(phase, info):
        gc.callbacks.remove(callback)
        signal.raise_signal(signal.SIGINT)

    def work(parser, words):
        gc.callbacks.append(callback)
        gc.collect()
        time.sleep(1)

    monkeypatch.setitem(commands.COMMANDS, "list", work)
    assert cli.main(["list"]) == 130


def test_a_disk_that_refuses_is_one_line(monkeypatch, capsys):
    def refuse(parser, words):
        raise OSError(errno.EROFS, "Read-only file system", "results/README.md")

    monkeypatch.setitem(commands.COMMANDS, "list", refuse)
    assert fails(capsys, "list") == "nmr-repro: results/README.md: Read-only file system\n"


def test_a_disk_that_refuses_a_copy_is_one_line(monkeypatch, capsys):
    def refuse(parser, words):
        raise shutil.Error([("run/weights", "results/weights", "[Errno 28] No space left on device")])

    monkeypatch.setitem(commands.COMMANDS, "list", refuse)
    assert fails(capsys, "list") == "nmr-repro: [Errno 28] No space left on device\n"


def test_a_reader_that_has_seen_enough_ends_it_quietly():
    code = "import sys; from reproductions.cli import main; sys.exit(main())"
    command = f'"{sys.executable}" -c "{code}" list | true'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_another_common_is_named(tmp_path):
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "__init__.py").touch()
    done, _ = start("list", cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path / "common") in done.stderr
    assert done.stderr.count("\n") == 1
    (tmp_path / "common" / "__init__.py").unlink()
    (tmp_path / "common").rmdir()
    done, _ = start("list", cwd=tmp_path)
    assert done.returncode == 0


# --- runs


def test_a_run_is_found_by_folder_or_id(run_folder, tmp_path):
    root = tmp_path / "runs"
    assert runs.find_run(str(run_folder), root) == run_folder
    assert runs.find_run(run_folder.name, tmp_path / "none", root) == run_folder
    with pytest.raises(runs.RunError, match="did you mean"):
        runs.find_run(run_folder.name.replace("jax", "jx"), root)


def test_the_first_root_wins(run_folder, tmp_path):
    other = tmp_path / "results" / "qu_cnn" / run_folder.name
    other.mkdir(parents=True)
    (other / "config.json").write_text("{}")
    assert runs.find_run(run_folder.name, tmp_path / "results", tmp_path / "runs") == other


def test_scores_that_differ_are_named_and_times_are_not():
    rlne, seconds, floor = "simulated/all/rlne", "timing/acbp/seconds", "simulated/all/rlne_floor"
    before = record(metrics={rlne: 0.05, seconds: 1.0}, baselines={"ist_s": {rlne: 0.08, floor: 0.01}})
    after = record(metrics={rlne: 0.05005, seconds: 2.0}, baselines={"ist_s": {rlne: 0.0803}})
    lines = runs.differences(before, after)
    assert len(lines) == 2
    assert f"{rlne} of ist_s: 0.08 in the record, 0.0803 now" in lines
    assert f"{floor} of ist_s: 0.01 in the record, absent now" in lines
    assert runs.differences(before, before) == []


def test_a_value_that_became_finite_differs():
    before = record(metrics={"simulated/all/rlne": None})
    after = record(metrics={"simulated/all/rlne": 0.05})
    assert len(runs.differences(before, after)) == 1
    assert runs.differences(before, before) == []


def test_pack_and_unpack_move_a_run(run_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["pack", run_folder.name]) == 0
    packed = Path(f"{run_folder.name}.tar")
    assert packed.is_file()
    capsys.readouterr()
    assert "--force" in fails(capsys, "pack", run_folder.name)
    assert cli.main(["unpack", str(packed), "--runs", "elsewhere"]) == 0
    moved = Path("elsewhere", "qu_cnn", run_folder.name)
    assert (moved / "record.json").read_text() == (run_folder / "record.json").read_text()
    assert str(moved) in capsys.readouterr().out
    assert "there already" in fails(capsys, "unpack", packed, "--runs", "elsewhere")


def test_a_published_run_is_not_evaluated_in_place(run_folder, monkeypatch, capsys):
    monkeypatch.setattr(registry, "RESULTS", run_folder.parents[1])
    assert "verify" in fails(capsys, "evaluate", run_folder)


def test_verify_needs_weights_and_a_record(run_folder, capsys):
    (run_folder / "weights").rmdir()
    assert "--for-apply" in fails(capsys, "verify", run_folder)
    (run_folder / "record.json").unlink()
    assert "no record yet" in fails(capsys, "verify", run_folder)


# --- score


@pytest.fixture
def spectra(tmp_path):
    """A reference spectrum of three peaks and an estimate with every height at 0.9, as files."""
    np = pytest.importorskip("numpy")
    from common.io.files import write
    from common.spectrum import Axis, Spectrum

    axes = (Axis("15N", 64, 2000.0, 60.8, 118.0), Axis("1H", 128, 3000.0, 600.0, 8.5))
    y, x = np.mgrid[:64, :128]
    peaks = sum(
        h * np.exp(-((y - r) ** 2 + (x - c) ** 2) / 8) for h, r, c in ((9, 20, 30), (6, 40, 90), (4, 50, 60))
    )
    noise = np.random.default_rng(0).normal(0, 0.01, y.shape)
    paths = tmp_path / "full.ft2", tmp_path / "estimate.ft2"
    for path, data in zip(paths, (peaks + noise, 0.9 * (peaks + noise)), strict=True):
        write(path, Spectrum(data.astype("float32"), axes))
    return paths


def test_score_prints_the_measures_of_a_region(spectra, capsys):
    assert cli.main(["score", "nus", *map(str, spectra), "--region", "1H", "11", "6.2"]) == 0
    lines = {
        line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines() if line.strip()
    }
    assert float(lines["rlne"][0]) == pytest.approx(0.1, abs=1e-3)
    assert float(lines["height_slope"][0]) == pytest.approx(0.9, abs=1e-3)
    assert float(lines["missed_peaks"][0]) == 0


@pytest.mark.parametrize(
    ("region", "said"),
    [
        (("13C", "11", "6"), "axes 15N, 1H"),
        (("1H", "11", "six"), "two numbers"),
        (("1H", "30", "20"), "no point"),
    ],
)
def test_a_region_that_is_none_is_said(spectra, capsys, region, said):
    assert said in fails(capsys, "score", "nus", *spectra, "--region", *region)


# --- data


def test_data_verify_names_a_damaged_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NMR_REPRO_DATA", str(tmp_path))
    assert cli.main(["data", "verify", "nus_ubiquitin_hsqc"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.endswith(": absent") for line in lines)
    file = tmp_path / lines[0].removesuffix(": absent")
    file.parent.mkdir()
    file.write_bytes(b"other")
    assert cli.main(["data", "verify", "nus_ubiquitin_hsqc"]) == 1
    assert "bytes" in capsys.readouterr().out.splitlines()[0]


def test_data_list_says_where_a_set_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NMR_REPRO_CACHE", str(tmp_path))
    monkeypatch.delenv("NMR_REPRO_DATA", raising=False)
    assert cli.main(["data", "list", "nus_hsqc_qnls"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:3] == ["nus_hsqc_qnls", "absent", "8.5"]
