"""For mkdocs: the tutorials look like the other pages, and can be taken along.

mkdocs-jupyter brings the whole style sheet of JupyterLab, scripts of other sites and numbered prompts to every page.
Here the cells are taken out of that: text, programs and what they gave, in the style of this site.
"""

import html
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jupytext
from bs4 import BeautifulSoup, Tag
from mkdocs.exceptions import PluginError
from mkdocs.structure.toc import get_toc

ERRORS = "application/vnd.jupyter.stderr"


def on_startup(**_: Any) -> None:
    """Called once: kernels read how to talk to us from the file beside this one."""
    os.environ["JUPYTER_CONFIG_PATH"] = str(Path(__file__).parent)


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Called for every page once it is HTML."""
    if not page.file.src_uri.endswith(".py"):
        return content
    cells = BeautifulSoup(content, "html.parser").select(".jp-Cell[id]")
    if not cells:
        raise PluginError(f"{page.file.src_uri}: no cells. Has mkdocs-jupyter or nbconvert changed its HTML?")
    page.toc = get_toc(_headings(cells))
    parts = [_text(cell) if "jp-MarkdownCell" in cell["class"] else _program(cell) for cell in cells]
    title, found, rest = "\n".join(parts).partition("</h1>")
    return f"{title}{found}\n{_downloads(Path(page.file.src_uri).stem)}\n{rest}"


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Called for every page once it is whole: notebook and program are laid beside it."""
    source = Path(page.file.abs_src_path)
    if source.suffix == ".py":
        notebook = jupytext.read(source)
        notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        beside = Path(page.file.abs_dest_path).parent / source.stem
        beside.parent.mkdir(parents=True, exist_ok=True)
        jupytext.write(notebook, beside.with_suffix(".ipynb"))
        shutil.copyfile(source, beside.with_suffix(".py"))
    return output


def _headings(cells: Sequence[Tag]) -> list[Any]:
    """The table of contents; that of mkdocs-jupyter leaves out what is code in a heading, and then leads nowhere."""
    contents: list[Any] = []
    within: list[Any] = []
    for heading in (one for cell in cells for one in cell.select(".jp-RenderedMarkdown :is(h1, h2, h3)")):
        level, name = int(heading.name[1]), heading.get_text().removesuffix("¶")
        entry = {"level": level, "id": heading["id"], "name": html.escape(name), "children": []}
        while within and within[-1]["level"] >= level:
            within.pop()
        (within[-1]["children"] if within else contents).append(entry)
        within.append(entry)
    return contents


def _downloads(name: str) -> str:
    notebook, program = (f'<a href="{name}.{kind}" download>' for kind in ("ipynb", "py"))
    return f'<p class="downloads">Take it along: {notebook}notebook</a> or {program}program</a></p>'


def _text(cell: Tag) -> str:
    (text,) = cell.select(".jp-RenderedMarkdown")
    for link in text.select("a.anchor-link"):
        link["class"], link["title"] = "headerlink", "Permanent link"
    return text.decode_contents()


def _program(cell: Tag) -> str:
    (program,) = cell.select(".highlight-ipynb pre")
    shown = f'<div class="language-python highlight"><pre><code>{program.decode_contents()}</code></pre></div>'
    outputs = cell.select(".jp-OutputArea-output")
    if any(one.img for one in outputs):  # whoever sees the picture need not read <Axes: ...>
        outputs = [one for one in outputs if not one.get_text().lstrip().startswith(("<", "[<", "(<"))]
    return "\n".join([shown, *map(_output, outputs)])


def _output(output: Tag) -> str:
    """What a cell printed, drew or returned."""
    for style in output.select("style"):  # pandas sends one with every table
        style.decompose()
    for table in output.select("table:not(.dataframe)"):
        table["class"] = "plain"
    for table in output.select("table.dataframe"):  # as those of the other pages
        table.attrs = {}
    kind = "figure" if output.img else "errors" if output.get("data-mime-type") == ERRORS else "text"
    return f'<div class="cell-output {kind}">{output.decode_contents().strip()}</div>'
