"""For mkdocs: a page of the API is a list of names by concept, from which its overview and its entries are made.

A block of names on a page,

    ```names
    Spikes: How many, and when.
        features: spike_count spike_times
    ```

becomes a table with a line for each, the first sentence of its docstring, and below, under a heading for each concept,
what mkdocstrings makes of them. "jx" is the package itself. What the package or a listed module or class offers and no
page lists is a warning, hence an error of the build.
"""

import html
import logging
import re
from typing import Any, NamedTuple

import griffe
from mkdocs.exceptions import PluginError

LOG = logging.getLogger("mkdocs.hooks.names")
BLOCK = re.compile(r"^```names\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(<autoref [^>]*>)?<code>([A-Z]\w{2,})</code>")
PACKAGE = "dendrax"


class Entry(NamedTuple):
    """A name on a page."""

    name: str
    heading: str  # what a user types
    identifier: str  # what griffe and mkdocstrings call it
    thing: griffe.Object


class Concept(NamedTuple):
    """What stands under one heading."""

    title: str
    text: str
    entries: list[Entry]


class Names:
    """What mkdocs calls at each stage of a build."""

    def on_pre_build(self, **_: Any) -> None:
        """The package is read, not imported."""
        self.package = griffe.load(PACKAGE, search_paths=["src"])
        self.listed: dict[str, Entry] = {}  # by the path of what it is
        self.homes = {""}

    def on_page_markdown(self, markdown: str, **_: Any) -> str:
        """The list of a page is replaced, and its entries follow at the end."""
        block = BLOCK.search(markdown)
        if not block:
            return markdown
        concepts = self._concepts(block[1])
        self.listed |= {entry.thing.path: entry for concept in concepts for entry in concept.entries}
        table = f'<table class="names">{"".join(map(_rows, concepts))}</table>\n'
        return f"{BLOCK.sub(lambda _: table, markdown)}\n{''.join(map(_section, concepts))}"

    def on_env(self, env: Any, files: Any, **_: Any) -> Any:
        """All pages are read: classes that they mention become links, and is every name on one of them?"""
        classes = {entry.name: entry.identifier for entry in self.listed.values() if entry.thing.is_class}

        def link(code: re.Match) -> str:
            known = code[2] in classes and not code[1]
            return f'<autoref identifier="{classes[code[2]]}">{code[0]}</autoref>' if known else code[0]

        for file in files.documentation_pages():
            if file.src_uri.startswith("api/"):
                file.page.content = CODE.sub(link, file.page.content)
        for home in sorted(self.homes):
            for name in self._offered(home):
                entry = self._entry(home, name)
                if entry.thing.path not in self.listed:
                    LOG.warning("%s is on no page of the API", entry.heading)
        return env

    def _offered(self, home: str) -> list[str]:
        """What a module says that it offers (its `__all__`, or all that a part of `jx` defines), or a class has."""
        owner = _itself(self.package[home]) if home else self.package
        if owner.exports is not None:
            names = [str(name) for name in owner.exports if name in owner.members]
        elif owner.is_class or home in (self.package.exports or ()):
            names = [name for name, one in owner.members.items() if not (one.is_alias or name.startswith("_"))]
        else:
            return []
        kinds = "function", "class", "attribute" if owner.is_class else ""
        return [name for name in names if owner[name].kind.value in kinds and owner[name].has_docstring]

    def _concepts(self, block: str) -> list[Concept]:
        concepts = []
        for line in block.splitlines():
            before, _, after = (part.strip() for part in line.partition(":"))
            if line.startswith(" "):
                home = "" if before == "jx" else before
                self.homes.add(home)
                concepts[-1].entries.extend(self._entry(home, name) for name in after.split())
            else:
                concepts.append(Concept(before, after, []))
        return concepts

    def _entry(self, home: str, name: str) -> Entry:
        """A name of a module, of a class (which has a capital) or, without a home, of the package itself."""
        inside = f"{home}.{name}" if home else name
        heading = inside if home[:1].isupper() else f"{PACKAGE}.{inside}"
        found = self._find(home, name)
        if not found:
            raise PluginError(f"A page of the API lists {heading}, which is not there.")
        if found is self._find("", name):
            heading = f"jx.{name}"
        # A function that a folder offers, and its file, have the same path for griffe.
        identifier = f"{inside}.{name}" if self.package[inside].is_module else inside
        return Entry(name, heading, f"{PACKAGE}.{identifier}", found)

    def _find(self, home: str, name: str) -> griffe.Object | None:
        found = (self.package[home] if home else self.package).members.get(name)
        if found and found.is_module:
            found = found.members.get(name)
        return _itself(found) if found else None


def _rows(concept: Concept) -> str:
    anchor = re.sub(r"[^a-z0-9]+", "-", concept.title.lower()).strip("-")
    rows = [f'<tr><th colspan="2"><a href="#{anchor}">{html.escape(concept.title)}</a></th></tr>']
    for entry in concept.entries:
        link = f'<autoref identifier="{entry.identifier}"><code>{entry.name}</code></autoref>'
        rows.append(f"<tr><td>{link}</td><td>{_first_sentence(entry.thing)}</td></tr>")
    return "".join(rows)


def _section(concept: Concept) -> str:
    parts = [f"\n## {concept.title}\n", f"{concept.text}\n"]
    for entry in concept.entries:
        options = f"    options:\n      heading: {entry.heading}\n      toc_label: {entry.name}\n"
        parts.append(f"::: {entry.identifier}\n{options}")
    return "\n".join(parts)


def _itself(found: griffe.Object | griffe.Alias) -> griffe.Object:
    return found.final_target if isinstance(found, griffe.Alias) else found


def _first_sentence(thing: griffe.Object) -> str:
    text = thing.docstring.value if thing.docstring else ""
    sentence = re.split(r"(?<=[.?!])\s", " ".join(text.split("\n\n")[0].split()))[0]
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(sentence, quote=False))


_names = Names()
on_pre_build, on_page_markdown, on_env = _names.on_pre_build, _names.on_page_markdown, _names.on_env
