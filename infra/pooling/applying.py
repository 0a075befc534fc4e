"""Brings a PgBouncer to its files: written, reloaded, looked at; what it does not take whole is taken back."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from infra.database.console import Console, NotRunning, open_console
from infra.database.target import Target
from infra.errors import RolloutError, redact
from infra.models.pgbouncer import PgBouncer
from infra.pooling.files import Folder, is_marked
from infra.pooling.names import INI, USERS, WITNESS
from infra.pooling.reading import parse_ini, parse_users
from infra.pooling.rendering import Files, render_files
from infra.pooling.restarts import restart_changes
from infra.pooling.scram import belongs_to, scram_verifier
from infra.pooling.versions import parse_version, spell

Say = Callable[[str], None]
#: Lines of its log about the files, not about one client or server.
_COMPLAINT: Final = re.compile(r" (?:ERROR|WARNING|FATAL) (?![CS]-)(?P<what>.+)")
_MOST_COMPLAINTS: Final = 3


def apply_config(
    config: PgBouncer, folder: Folder, say: Say, *, place: str, former_password: str | None = None
) -> list[str]:
    """Write the files, reload the PgBouncer if it runs, and return the settings that wait for its restart.

    Args:
        config: What PgBouncer is to be.
        folder: Where the files are written.
        say: Where to say what was done.
        place: The folder as PgBouncer's own machine has it.
        former_password: The console's password before, which a running PgBouncer still asks for.

    Raises:
        RolloutError: PGB001 when a running PgBouncer does not take them: then the old files are back and hold.
        RolloutErrors: PGB002 with everything that its version lacks.
    """
    _require_certificates(config)
    former = folder.read()
    files = render_files(config, _console_verifier(config, former[USERS]), place)
    with ExitStack() as stack:
        console = _console(config, former_password, stack)
        if console:
            _require_version(config, console)
        if former != files.by_name() or folder.wrong_modes():
            folder.put(files.by_name())
            say("wrote " + ", ".join(name for name, text in files.by_name().items() if former[name] != text))
        if console is None:
            say(f"no PgBouncer runs at {config.address}:{config.port}: it reads the files when it starts")
            return []
        if console.config().get(WITNESS) == files.witness and former == files.by_name():
            return _pending(console, files)
        return _reload(config, folder, files, console, former, say)


def foreseen_restart(config: PgBouncer, folder: Folder, *, place: str) -> Iterator[str]:
    """Yield what these files change that only a restart brings to the PgBouncer that has read the ones that stand.

    Raises:
        RolloutErrors: PGB002 with everything that its version lacks.
    """
    former = folder.read()
    wanted = render_files(config, _console_verifier(config, former[USERS]), place)
    yield from restart_changes(former[INI], wanted.ini)


def take_away(config: PgBouncer, folder: Folder, say: Say) -> None:
    """Put back what stood there before the files were ours, and have a running PgBouncer read that.

    Raises:
        RolloutError: PGB004 when the files cannot be removed.
    """
    if not folder.is_ours():
        say(f"{folder.path} is left: the rollout has not written what is in it")
        return
    with ExitStack() as stack:
        try:
            console = _console(config, None, stack)
        except RolloutError:
            console = None
        back = folder.put_back()
        if back:
            say(f"put back {', '.join(back)}")
        if console is None:
            return
        if INI in back:
            console.reload()
        else:
            say(f"the PgBouncer at {config.address}:{config.port} still runs with what it has read; stop it")


def console_target(config: PgBouncer, password: str | None = None) -> Target:
    """Return the way to the console."""
    host = {"0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "::": "::1"}.get(config.address, config.address)  # noqa: S104
    return Target(
        host=host,
        port=config.port,
        name="pgbouncer",
        user=config.console_role,
        password=password or config.console_password,
        sslmode="prefer",  # whether it has TLS by now depends on what it has read
    )


def _reload(
    config: PgBouncer, folder: Folder, files: Files, console: Console, former: dict[str, str | None], say: Say
) -> list[str]:
    seen = _log_size(config)
    try:
        console.reload()
        _require_taken(config, files, console, seen)
    except RolloutError as error:
        _put_back(folder, former)
        console.reload()
        problem = f"the running PgBouncer does not take the files: {error.problem}; it goes on with the old ones"
        raise RolloutError("PGB001", str(folder.path), problem, fix=error.fix) from None
    say("the running PgBouncer has taken them")
    pending = _pending(console, files)
    if pending:
        say(f"until it is restarted these are as they were: {', '.join(pending)}")
    return pending


def _put_back(folder: Folder, former: dict[str, str | None]) -> None:
    if is_marked(former[INI]):
        folder.put(former)
    else:
        folder.put_back()


def _require_taken(config: PgBouncer, files: Files, console: Console, seen: int) -> None:
    """See that all of the file was read, that nothing was complained of, and that the users let the console in."""
    complaints = list(_complaints(config, seen))
    held = console.config()
    if held.get(WITNESS) != files.witness:
        told = f"; it says: {'; '.join(complaints)}" if complaints else ""
        read = held.get("conffile", "")
        where = "" if read.endswith(INI) else f"; it reads {read}"
        problem = f"the file was not read to its end{told}{where}"
        raise RolloutError("PGB001", "", problem, fix="correct what it names, or update PgBouncer")
    if complaints:
        problem = f"it says: {'; '.join(complaints)}"
        raise RolloutError("PGB001", "", problem, fix="correct what it names")
    target = console_target(config)
    with open_console(target.model_copy(update={"sslmode": "require"}) if config.client_tls else target):
        pass


def _complaints(config: PgBouncer, seen: int) -> Iterator[str]:
    if config.log_file is None:
        return
    with suppress(OSError), Path(config.log_file).open("rb") as log:
        log.seek(seen)
        found = [line["what"] for line in _COMPLAINT.finditer(log.read().decode(errors="replace"))]
        yield from (redact(what) for what in found[:_MOST_COMPLAINTS])


def _log_size(config: PgBouncer) -> int:
    try:
        return Path(config.log_file).stat().st_size if config.log_file else 0
    except OSError:
        return 0


def _pending(console: Console, files: Files) -> list[str]:
    wanted, held = parse_ini(files.ini)["pgbouncer"], console.config()
    return sorted(name for name in console.fixed() if name in wanted and wanted[name] != held.get(name))


def _require_version(config: PgBouncer, console: Console) -> None:
    running, wanted = parse_version(console.version()), parse_version(config.version)
    if running[:2] < wanted[:2]:
        problem = f"the files are for PgBouncer {spell(wanted)}, and {spell(running)} runs at {config.port}"
        raise RolloutError("PGB002", "version", problem, fix=f"write {spell(running)}, or update the one that runs")


def _require_certificates(config: PgBouncer) -> None:
    """See that the certificates are there: PgBouncer looks for the server's when it next connects, and then fails."""
    if config.home is not None:
        return
    tls = config.client_tls
    named = {
        "serverCa": config.server_ca,
        "clientTls.certificate": tls and tls.certificate,
        "clientTls.key": tls and tls.key,
    }
    for path, file in named.items():
        if file and not Path(file).is_file():
            problem = f"there is no file {file} on this machine"
            fix = "correct it; where PgBouncer runs elsewhere, say with home where its files are"
            raise RolloutError("PGB003", path, problem, fix=fix)


def _console_verifier(config: PgBouncer, users: str | None) -> str:
    """Return the verifier that the file has already, if it is of this password: another one would be a change."""
    kept = parse_users(users or "").get(config.console_role, "")
    return kept if belongs_to(kept, config.console_password) else scram_verifier(config.console_password)


def _console(config: PgBouncer, former_password: str | None, stack: ExitStack) -> Console | None:
    """Return the console of the PgBouncer that runs, logged in with today's password or the one before."""
    refused: RolloutError | None = None
    for password in dict.fromkeys([former_password or config.console_password, config.console_password]):
        try:
            return stack.enter_context(open_console(console_target(config, password)))
        except NotRunning:
            return None
        except RolloutError as error:
            refused = error
    assert refused
    raise refused
