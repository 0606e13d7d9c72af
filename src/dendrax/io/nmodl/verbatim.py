"""C code in .mod files that has no effect."""

import re

_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_HARMLESS = re.compile(r"(?:return\s*(?:0|\(0\))?|f?printf\s*\(.*|fflush\s*\(.*|)", re.DOTALL)
_PREPROCESSOR = re.compile(r"^\s*#[^\n]*$", re.MULTILINE)


def is_harmless(text: str) -> bool:
    """Whether C text only prints, or returns 0.

    Example:
        >>> is_harmless("return 0;")
        True
    """
    plain = _PREPROCESSOR.sub("", _COMMENTS.sub("", text))
    return all(_HARMLESS.fullmatch(one.strip()) for one in plain.split(";"))
