"""Files that are written whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int, group: int | None = None) -> None:
    """Put the content in the file's place in one step: whoever reads meanwhile sees the old file or the new one.

    Args:
        path: the file; its folder is there.
        content: all of it.
        mode: its permission bits.
        group: the number of the group that it is given to; None leaves that to the system.

    Raises:
        OSError: as the system reports it; the old file is then still there, and nothing beside it.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as fresh:
            if group is not None:
                os.fchown(fresh.fileno(), -1, group)
            os.fchmod(fresh.fileno(), mode)
            fresh.write(content)
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
