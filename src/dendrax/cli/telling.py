"""How the commands speak."""


def sentence(error: Exception) -> str:
    """What an error says, without the number that systems give to those of files.

    Example:
        >>> sentence(FileNotFoundError(2, "No such file or directory", "cell.swc"))
        'cell.swc: No such file or directory'
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return str(error)
