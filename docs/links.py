"""For mkdocs: links of the tutorials lead where they say.

mkdocs-jupyter makes the pages of the tutorials itself, so that mkdocs never sees their links: `../mechanisms.md` and
`groups.py` would stay what they are in the repository, and be addresses of nothing in the site.
"""

import logging
import posixpath
import re
from typing import Any

from mkdocs.utils import get_relative_url

LINK = re.compile(r'\b(href|src)="((?:\.\./)*[\w/]+\.(?:md|py|png))(#[^"]*)?"')
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

    return LINK.sub(in_the_site, html)
