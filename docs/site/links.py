"""For mkdocs: links lead where they say.

mkdocs looks after the links of Markdown. It never sees those of the tutorials, whose pages mkdocs-jupyter makes itself,
so that `../mechanisms.md` and `groups.py` would stay what they are in the repository, nor those that are written as
HTML. All are looked at once more where they end up, in the pages of the site, which also load nothing from elsewhere.
"""

import logging
import posixpath
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from mkdocs.utils import get_relative_url

SOURCE = re.compile(r'\b(href|src)="((?:\.\./)*[\w/]+\.(?:md|py|png))(#[^"]*)?"')
TAG = re.compile(r"<([a-z][a-z0-9-]*) [^<>]*>")
ATTRIBUTE = re.compile(r'\s(id|name|href|src)="([^"]*)"')
LOG = logging.getLogger("mkdocs.hooks.links")


def on_page_content(html: str, page: Any, files: Any, **_: Any) -> str:
    """Called for every page once it is HTML; a link to what is not there is a warning, hence an error of the build."""
    source = page.file.src_uri
    if not source.endswith(".py"):
        return html

    def in_the_site(link: re.Match) -> str:
        attribute, target, anchor = link[1], link[2], link[3] or ""
        file = files.get_file_from_path(posixpath.normpath(posixpath.join(posixpath.dirname(source), target)))
        if file is None:
            LOG.warning("%s links to %s, which is not there", source, target)
            return link[0]
        return f'{attribute}="{get_relative_url(file.url, page.url)}{anchor}"'

    return SOURCE.sub(in_the_site, html)


def on_post_build(config: Any, **_: Any) -> None:
    """Called once all is written."""
    site = Path(config.site_dir).resolve()
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html") if path.name != "404.html"}
    attributes = {
        path: [(tag[1], *pair) for tag in TAG.finditer(text) for pair in ATTRIBUTE.findall(tag[0])]
        for path, text in pages.items()
    }
    anchors = {
        path: {value for _, what, value in all_of if what in ("id", "name")} for path, all_of in attributes.items()
    }
    for path, all_of in attributes.items():
        for tag, what, value in all_of:
            if what in ("href", "src") and (fault := _fault(path, tag, value, anchors)):
                LOG.warning("%s: %s %s", path.relative_to(site), value, fault)


def _fault(page: Path, tag: str, link: str, anchors: dict[Path, set[str]]) -> str | None:
    if "://" in link or link.startswith("//"):
        return None if tag == "a" else "is loaded from elsewhere"
    if link.startswith(("data:", "mailto:")):
        return None
    where, anchor = urldefrag(unquote(link))
    target = (page.parent / where).resolve() if where else page
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return "is not there"
    return f"has no place {anchor!r}" if anchor and target in anchors and anchor not in anchors[target] else None
