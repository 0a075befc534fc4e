"""The names of PgBouncer's files, and how one of ours begins."""

from typing import Final

INI: Final = "pgbouncer.ini"
USERS: Final = "userlist.txt"
HBA: Final = "hba.conf"
#: The first line of a file of ours, after the sign of a comment there.
MARKER: Final = "Written by the rollout. Change the stack file instead of this one."
#: The option that carries the digest of the files: it names a log that they do not use.
WITNESS: Final = "syslog_ident"
