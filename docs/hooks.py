"""The site has the layout of the repository: every page is the file of that path, none is copied.

MkDocs calls ``on_config`` and ``on_files`` once, ``on_page_markdown`` for each page. A folder that a page
links to is shown by its README; of a published run, which has none, a page is made of record and figures.
"""

from __future__ import annotations

import dataclasses
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File, Files

from common.reporting import tables
from common.reporting.published import Published
from common.reporting.record import FILE as RECORD
from common.reporting.record import read_record
from reproductions import registry

ROOT = registry.ROOT
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/*.md",
    "data_specs/README.md",
    "reproductions/*/README.md",
    "results/README.md",
    "results/*/README.md",
)
README, STYLE = "README.md", "docs/site.css"
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#\s]+)(?=[)#])")
TITLE = re.compile(r"^(```\w+ title=)([^\s\"]+)$", re.MULTILINE)


def on_config(config):
    """Say what stands in the menu; a new reproduction or page is in it without being told."""
    papers = [name for name in registry.names() if (ROOT / "reproductions" / name / "README.md").exists()]
    config.nav = [
        {"Home": "README.md"},
        {"Tutorial": "docs/tutorial.md"},
        {"Reproductions": [{name: f"reproductions/{name}/README.md"} for name in papers]},
        {
            "Results": [
                {"What was measured": "results/README.md"},
                {"Studies": "results/studies/README.md"},
                {"Model cards": [{name: f"results/{name}/README.md"} for name in papers]},
            ]
        },
        {
            "Extend and run": [
                {"Add your own paper": "docs/add_your_own.md"},
                {"How to add a paper": "CONTRIBUTING.md"},
                {"Architecture": "ARCHITECTURE.md"},
                {"Data sets": "data_specs/README.md"},
                {"On a cluster": "docs/cluster.md"},
                {"Licences": "docs/licences.md"},
            ]
        },
    ]
    return config


def on_files(files, config):
    """The theme's files, the pages, and what they show or link to."""
    site = {file.src_uri: file for file in files if file.src_dir != config.docs_dir}
    site[STYLE] = File.generated(config, STYLE, abs_src_path=str(ROOT / STYLE))
    for page in sorted(path.relative_to(ROOT).as_posix() for glob in PAGES for path in ROOT.glob(glob)):
        site[page] = File.generated(config, page, abs_src_path=str(ROOT / page))
        for target in links(page, (ROOT / page).read_text(encoding="utf-8")):
            for path, content in shown(target).items():
                source = {"content": content} if content else {"abs_src_path": str(ROOT / path)}
                site.setdefault(path, File.generated(config, path, **source))
    return Files(site.values())


def on_page_markdown(markdown, page, config, files):
    """Links as the site has them, and titles of code quoted, as this Markdown wants them."""

    def lead(match: re.Match) -> str:
        target = resolved(page.file.src_uri, match[0])
        return posixpath.join(match[0], README) if (ROOT / target).is_dir() else match[0]

    return TITLE.sub(r'\1"\2"', outside_fences(LINK, lead, markdown))


def links(page: str, text: str) -> set[str]:
    """What a page links to in the repository, as paths from its root."""
    return {resolved(page, target) for target in LINK.findall(FENCED.sub("", text))}


def resolved(page: str, target: str) -> str:
    """A link of a page as a path from the root of the repository."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def outside_fences(pattern: re.Pattern, replace, text: str) -> str:
    """Replace in a text, code aside."""
    parts = FENCED.split(text)
    fences = [*FENCED.findall(text), ""]
    return "".join(pattern.sub(replace, part) + fence for part, fence in zip(parts, fences, strict=True))


def shown(target: str) -> dict[str, str | None]:
    """The files that the site needs for a link, with the text of one that is made for it.

    Pages are there already; a link to what is not there is left for MkDocs to warn of.
    """
    path = ROOT / target
    if (path / RECORD).is_file():
        figures = sorted(each.relative_to(ROOT).as_posix() for each in path.glob("figures/*.png"))
        return {f"{target}/{README}": run_page(path), f"{target}/{RECORD}": None, **dict.fromkeys(figures)}
    return {target: None} if path.is_file() and path.suffix != ".md" else {}


def run_page(folder: Path) -> str:
    """A published run: what made it, what it scored, its figures."""
    record = read_record(folder / RECORD)
    trained, paper = record["trained"], registry.get(record["name"])
    facts = {
        "reproduction": f"[{record['name']}](../README.md)",
        "preset, variant, seed": f"{record['preset']}, {record['variant']}, {record['seed']}",
        "trained": f"{trained['when']}, commit `{trained['commit'][:12]}`, {trained['backend']}",
        "record": f"[{RECORD}]({RECORD})",
    }
    lines = [f"# {record['id']}", "", *(f"* {name}: {fact}" for name, fact in facts.items()), ""]
    lines += ["## Scores", "", scores(record, paper.published), "", "## Figures", ""]
    for figure in sorted(folder.glob("figures/*.png")):
        lines += [f"### {figure.stem}", "", f"![{figure.stem}](figures/{figure.name})", ""]
    return "\n".join(lines)


def scores(record: dict, published: Published) -> str:
    """The scores of a run, the lines that name a case in bold."""
    table = tables.run_table(record, published)
    rows = [row if any(row[1:]) else (f"**{row[0]}**", *row[1:]) for row in table.rows]
    return dataclasses.replace(table, rows=tuple(rows)).markdown()
