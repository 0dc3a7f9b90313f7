"""The house keeps its shape: floors, folders, imports, and what is not in the repository."""

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.processes import HEAVY, ROOT, output

FOLDERS = sorted(path.parent for path in (ROOT / "reproductions").glob("*/__init__.py"))
PAPERS = [folder for folder in FOLDERS if folder.name not in ("studies", "suite")]
STANDARD = (
    "README.md",
    "card.toml",
    "config.py",
    "data.py",
    "model.py",
    "experiment.py",
    "apply.py",
    "published.toml",
    "__main__.py",
)
SOURCES = sorted(path for top in ("common", "reproductions") for path in (ROOT / top).rglob("*.py"))
#: What runs code that a file holds, as it reads it.
PICKLES = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "torch", "yaml"}
#: Calls that run words, or put files where a race or an archive wants them.
REFUSED = ("eval", "exec", "__import__", "os.system", "os.popen", "tempfile.mktemp", "shutil.unpack_archive")
#: Options that may have one value alone.
OPTIONS = {"shell": "False", "allow_pickle": "False", "safe_mode": "True", "verify": "True"}
PLAIN = {".py", ".md", ".toml", ".cfg", ".yml", ".css", ".png", ".svg", ".sbatch", ".def"}
BARE = {"LICENSE", ".gitignore", ".ci/run", "constraints.txt"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path) for path in SOURCES}


def imports(tree: ast.AST, package: str = "", top_level: bool = False) -> set[str]:
    """Modules that a file of ``package`` imports; ``top_level``: those that importing it imports."""
    found = set()
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            found |= {name if (name := f"{base}.{alias.name}") in MODULES else base for alias in node.names}
        if not (top_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)):
            todo.extend(ast.iter_child_nodes(node))
    return found


def imports_of(path: Path, top_level: bool = False) -> set[str]:
    return imports(tree_of(path), ".".join(path.parent.relative_to(ROOT).parts), top_level)


def floors() -> dict[str, int]:
    """Floor by room, out of the table of ARCHITECTURE.md."""
    rows = re.findall(r"^\| (\d) \| (.*) \|$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    return {room: int(floor) for floor, rooms in rows for room in re.findall(r"`(\w+)(?:\.py|/)`", rooms)}


def broken_floor(name: str, imported: str, floor: dict[str, int]) -> bool:
    """Whether a module of common/ imports from above its floor, or from outside common/ and the libraries."""
    if not imported.startswith("common."):
        return imported.partition(".")[0] == "reproductions"
    here, there = name.split(".")[1], imported.split(".")[1]
    return floor[there] > floor[here] or (here, there) == ("reporting", "training")


def foreign_folder(name: str, imported: str) -> bool:
    """Whether a module of reproductions/ imports a reproduction folder that is not its own."""
    parts = imported.split(".")
    folders = {folder.name for folder in FOLDERS} - {"suite", *name.split(".")[1:2]}
    return parts[0] == "reproductions" and len(parts) > 1 and parts[1] in folders


def unsafe(tree: ast.AST) -> list[str]:
    """Calls that run or unpack what a file says, or hide code in a model."""
    found = [name for name in imports(tree) if name.partition(".")[0] in PICKLES]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        last = called.rpartition(".")[2]
        options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        if called in REFUSED or last in ("Lambda", "read_pickle"):
            found.append(called)
        if called.endswith((".extract", ".extractall")):
            found.append(f"{last} in place of common.archives")
        for option, value in OPTIONS.items():
            if options.get(option, value) != value:
                found.append(f"{option}={options[option]}")
    return found


def long_functions(tree: ast.AST, limit: int = 70) -> list[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [node.name for node in functions if node.end_lineno - node.lineno + 1 >= limit]


def tree_of(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def tracked() -> list[Path]:
    """Files under version control that are there."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- floors and folders


def test_every_room_of_common_has_a_floor():
    rooms = {
        path.stem
        for path in (ROOT / "common").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__"} == set(floors())


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if name_of(path).startswith("common.")], ids=name_of
)
def test_common_imports_its_own_floor_or_below(path):
    bad = [name for name in imports_of(path) if broken_floor(name_of(path), name, floors())]
    assert not bad


def test_init_files_of_common_are_empty():
    assert [relative(path) for path in (ROOT / "common").rglob("__init__.py") if path.read_text()] == []


def test_no_reproduction_imports_another():
    bad = [
        f"{name_of(path)} imports {name}"
        for path in (ROOT / "reproductions").rglob("*.py")
        for name in imports_of(path)
        if foreign_folder(name_of(path), name)
    ]
    assert not bad


def test_only_the_registry_finds_folders_by_name():
    finders = re.compile(r"\b(import_module|__import__|pkgutil|spec_from_file_location|run_module)\b")
    bad = {relative(path) for path in SOURCES if finders.search(path.read_text())}
    assert bad <= {"reproductions/registry.py"}


@pytest.mark.parametrize("folder", PAPERS, ids=lambda folder: folder.name)
def test_a_reproduction_folder_has_the_standard_files(folder):
    assert [name for name in STANDARD if not (folder / name).is_file()] == []
    tomllib.loads((folder / "published.toml").read_text())


@pytest.mark.parametrize("folder", PAPERS, ids=lambda folder: folder.name)
def test_a_config_needs_the_standard_library_alone(folder):
    outside = {
        name
        for name in imports_of(folder / "config.py")
        if name.partition(".")[0] not in sys.stdlib_module_names
    }
    assert not outside


def test_pyproject_has_the_build_system_and_nothing_else():
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text())) == {"build-system"}


# --- heavy imports


def may_be_heavy(path: Path) -> bool:
    return path.name == "model.py" or relative(path) == "common/layers.py"


@pytest.mark.parametrize("path", [path for path in SOURCES if not may_be_heavy(path)], ids=name_of)
def test_nothing_heavy_is_imported_at_the_top(path):
    names = imports_of(path, top_level=True)
    models = {name for name in names if name == "common.layers" or name.endswith(".model")}
    assert not models | {name for name in names if name.partition(".")[0] in HEAVY}


def test_importing_every_light_module_loads_nothing_heavy():
    names = [name_of(path) for path in SOURCES if not may_be_heavy(path) and path.stem != "__main__"]
    code = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(*sorted({HEAVY!r} & set(sys.modules)))"
    )
    assert output("-c", code).strip() == ""


def test_tensorflow_stands_in_one_module_at_most():
    users = [
        relative(path)
        for path in SOURCES
        if any(n.partition(".")[0] == "tensorflow" for n in imports_of(path))
    ]
    assert len(users) <= 1, users


# --- code


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_code_is_safe_and_its_functions_are_short(path):
    tree = tree_of(path)
    assert unsafe(tree) == []
    assert long_functions(tree) == []


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(command):
    output("-m", "ruff", *command, "--no-cache", "--quiet", ".")


# --- what is in the repository


def test_no_file_is_large_and_results_stay_small():
    sizes = {relative(path): path.stat().st_size for path in tracked()}
    assert {name: size for name, size in sizes.items() if size > 10e6} == {}
    assert sum(size for name, size in sizes.items() if name.startswith("results/")) < 60e6


def test_no_data_outside_results_and_tests():
    names = [relative(path) for path in tracked()]
    bad = [name for name in names if not name.startswith(("results/", "tests/")) and name not in BARE]
    assert [name for name in bad if Path(name).suffix not in PLAIN] == []


def test_nothing_of_a_data_set_is_committed():
    specs = [tomllib.loads(path.read_text()) for path in (ROOT / "data_specs").glob("*.toml")]
    known = {entry["sha256"]: name for spec in specs for name, entry in spec["files"].items()}
    assert known
    found = {relative(path): known.get(hashlib.sha256(path.read_bytes()).hexdigest()) for path in tracked()}
    assert {name: file for name, file in found.items() if file} == {}


def test_no_path_of_a_machine_is_written_down():
    machine = re.compile(rb"(?<![\w.])/(work|tmp|home|root|Users)/|[A-Z]:\\\\?Users")
    text = [
        path
        for path in tracked()
        if path != Path(__file__).resolve() and path.suffix in PLAIN | {".txt", ".json", ""}
    ]
    bad = [
        f"{relative(path)}: {hit.group()!r}" for path in text for hit in machine.finditer(path.read_bytes())
    ]
    assert not bad


def test_ci_run_can_be_started():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


# --- the walkers themselves


def test_walkers_see_what_they_look_for():
    floor = {"errors": 1, "io": 2, "reporting": 4, "training": 4}
    assert broken_floor("common.errors", "common.io", floor)
    assert broken_floor("common.reporting.record", "common.training.config", floor)
    assert broken_floor("common.io.files", "reproductions.registry", floor)
    assert not broken_floor("common.training.fit", "common.reporting.events", floor)
    assert not broken_floor("common.errors", "numpy", floor)
    own = FOLDERS[0].name
    assert foreign_folder("reproductions.cli", f"reproductions.{own}.config")
    assert foreign_folder("reproductions", f"reproductions.{own}.config")
    assert not foreign_folder(f"reproductions.{own}.data", f"reproductions.{own}.config")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import keras.ops", {"keras.ops"}),
        ("try:\n    from jax import numpy\nexcept ImportError: pass", {"jax"}),
        ("class A:\n    import matplotlib", {"matplotlib"}),
        ("def f():\n    import keras", set()),
        ("from common import datasets", {"common.datasets"}),
        ("from common.datasets import load", {"common.datasets"}),
        ("from . import datasets", {"common.datasets"}),
        ("from .io.text import lines", {"common.io.text"}),
        ("from ..reproductions.qu_cnn import nothing", {"reproductions.qu_cnn"}),
    ],
)
def test_top_level_imports_are_told_from_inner_ones(code, found):
    assert imports(ast.parse(code), "common", top_level=True) == found


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "exec(text)",
        "subprocess.run(x, shell=True)",
        "np.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=flag)",
        "keras.saving.load_model(p, safe_mode=False)",
        "layers.Lambda(f)",
        "tar.extractall(p)",
        "tar.extract(member, p)",
        "tar.extractall(p, filter='data')",  # Python before 3.11.4 has no filters
        "os.system('ls')",
        "import torch",
        "from yaml import load",
        "pd.read_pickle(p)",
        "tempfile.mktemp()",
        "shutil.unpack_archive(p)",
        "session.get(url, verify=False)",
    ],
)
def test_unsafe_calls_are_seen(code):
    assert len(unsafe(ast.parse(code))) == 1


def test_safe_calls_pass():
    safe = "np.load(p, allow_pickle=False); run(x, shell=False); tar.extractfile(member)"
    assert unsafe(ast.parse(safe)) == []
    assert long_functions(ast.parse("def f():\n" + "    x = 1\n" * 69)) == ["f"]
    assert long_functions(ast.parse("def f():\n" + "    x = 1\n" * 68)) == []
