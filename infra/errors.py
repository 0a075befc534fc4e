"""Named errors with stable codes: what is wrong, what is allowed, and the fix."""

import re
from typing import Final

#: Names a file to which the tracebacks of unexpected failures are appended; unset, they are kept nowhere. With it, the
#: SDK also sends Pulumi's CLI its lines for debugging.
DEBUG_VARIABLE: Final = "ROLLOUT_DEBUG"
#: Every code and its meaning in one line. A code, once released, keeps its meaning.
CODES: Final[dict[str, str]] = {
    "CFG001": "the phase is missing or not one of 1 to 5",
    "CFG002": "a value in the stack file has the wrong type or is out of range",
    "CFG003": "an unknown key in the stack file",
    "CFG004": "a required key of the stack file is missing",
    "CFG005": "a development setting on a protected stack",
    "CFG006": "a stack file that cannot be edited",
    "SEC001": "a secret stands in plain text in a stack file",
    "SEC002": "the deployer has rights that it must not have",
    "DEF001": "an identifier that is not allowed",
    "DEF002": "an expression, body or default that is not allowed",
    "DEF003": "two objects with one name",
    "DEF004": "a reference to an object that the definition does not have",
    "DEF005": "a field of a definition is missing, unknown or of the wrong type",
    "DEF006": "tables that refer to each other in a circle",
    "DEF007": "a policy with a column that is not there",
    "DEF008": "a view with a column that is not there",
    "DEF009": "a foreign key without an index",
    "DEF010": "a policy without an index for the caller's rows",
    "DEF011": "an index that another one makes redundant",
    "DEF012": "a role that nobody makes",
    "SEC010": "row security that is missing, open or not forced",
    "SEC011": "a policy that lets rows through by mistake",
    "SEC012": "a view that runs with more rights than its caller",
    "SEC013": "a grant that is never given to an application role",
    "SEC014": "a policy that holds for everybody",
    "SEC015": "a policy whose clauses do not fit its command",
    "SEC016": "a policy that calls a function once a row",
    "SEC017": "two permissive policies that decide for the same role and command",
    "SEC018": "a function whose search path is not pinned",
    "SEC019": "a function with its owner's rights that strangers may call",
    "SEC020": "a grant to PUBLIC",
    "SEC021": "a role other than an owner that may make objects in a schema",
    "SEC022": "a role with attributes that reach past its grants",
    "SEC030": "a security object was weakened out of band",
    "DRIFT001": "an object was changed out of band",
    "DB001": "the database cannot be reached",
    "DB002": "the database refused the login",
    "DB003": "a statement failed in the database",
    "DB004": "an object stayed locked by somebody else",
    "DB005": "another deploy holds the lock of this database",
    "DB006": "the server is too old or unknown",
    "DB007": "the data does not allow the change",
    "DB008": "the object that should be there is missing",
    "DB009": "the connection is not a direct one",
    "DB010": "the database is another one than the stack was deployed to",
    "DB011": "the database takes no changes",
    "DB012": "the server does not answer",
    "DB013": "there is no room for the connections of a deploy",
    "DB014": "a blue/green deployment of the database is running",
    "FLAG001": "a flag that does not exist",
    "FLAG002": "flags that require each other in a circle",
    "FLAG003": "a flag that is on ahead of its phase",
    "FLAG004": "a flag that is on while one that it requires is off",
    "FLAG005": "the kill switch is set",
    "COH001": "a member of the cohort who is no user",
    "COH002": "a cap of the cohort that is out of range",
    "COH003": "a sign-up that is not open to this user",
    "COH004": "more creators are in than the cap lets in",
    "COH005": "sign-ups that a phase will close",
    "GATE001": "a gate was not passed",
    "GATE002": "phases were skipped that were not passed",
    "GATE003": "an attestation or override that does not hold",
    "GATE004": "the source of a measurement cannot be asked",
    "GATE005": "a threshold, window or number of samples that is not allowed",
    "VER001": "the proof would run somebody's triggers on the platform's users",
    "VER002": "the proof's own users and rows cannot be added for its transaction",
    "VER003": "what is broken on purpose cannot be made, or the copy to break is not sound",
    "AWS001": "AWS cannot be reached, or refuses",
    "AWS002": "an object in AWS is not as it must be",
    "DLV001": "a file with the flags cannot be written",
    "MON001": "a value of the monitoring that is not allowed",
    "MON002": "the monitor cannot serve",
    "POOL001": "a number or a duration of the pooling that is out of range",
    "POOL002": "a mode of a pool that is not allowed",
    "POOL003": "all connections together are more than the server has",
    "POOL004": "clients, sizes and the application's pool do not go together",
    "POOL005": "timeouts of the pooling that contradict each other",
    "POOL006": "fewer pooled connections than the guide asks for",
    "POOL007": "the pools would shrink",
    "POOL008": "the pooler needs more open files than it may have",
    "SET001": "a setting that the platform or the server's administrator changes, not the deployer",
    "SET002": "a setting with a value that waits for a restart and cannot be read",
    "PGB001": "PgBouncer cannot be asked, or refuses",
    "PGB002": "a version of PgBouncer that lacks what is needed",
    "PGB003": "a setting of PgBouncer that is not allowed",
    "PGB004": "the files of PgBouncer cannot be written",
    "PGB005": "the function that PgBouncer asks for logins is missing or not safe",
    "BAK001": "a backup failed",
    "BAK002": "a backup is not proven",
    "BAK003": "a value of the backups that is not allowed",
    "ADOPT001": "an existing object cannot be brought to the definition safely",
    "ADOPT002": "adopting existing policies needs `access` to be stated",
    "ADOPT003": "a parked twin of the table exists",
    "ADOPT004": "a table cannot be brought from one form to the other while it is in use",
    "FLEET001": "a fleet file that cannot be used",
    "FLEET002": "the record of a run over a fleet cannot be used",
    "FLEET003": "what is to run a fleet is not there",
    "POST001": "a comment cannot be posted",
    "APP001": "a hazard that nobody has approved on a protected stack",
    "APP002": "an approval that does not say what, who, why and until when",
    "PRV001": "the provider was asked for something it does not know",
    "PRV002": "the provider's configuration is wrong",
    "PRV003": "an unexpected failure in the provider",
    "PRV004": "the operation was cancelled",
    "ENG001": "the embedded engine cannot run the program",
    "ENG002": "the state file is damaged or locked",
    "ENG003": "a resource failed",
    "ENG004": "the operation is refused because the resource is protected",
    "EMB001": "the embedded PostgreSQL cannot be started",
    "EMB002": "the embedded PostgreSQL does not run",
    "EMB003": "the embedded PgBouncer cannot be started or stopped",
    "CLI001": "the command cannot be run as asked",
    "CLI002": "the project has no such stack",
    "CLI003": "the CLI of Pulumi is missing or cannot be used",
    "CLI004": "nobody is there to confirm a change",
    "CLI005": "the run under the CLI of Pulumi failed",
    "CLI006": "the state cannot be handed over to Pulumi yet",
    "CLI007": "another run works on the state of the stack",
    "CLI008": "the secrets of the stack cannot be decrypted",
    "CLI009": "an unexpected failure of the command",
}

#: The secret reaches to the last @: one that is not percent-encoded may hold an @ itself.
_DSN_PASSWORD = re.compile(r"(?P<head>[a-z][a-z0-9+]*://[^\s:/@]*:)(?P<secret>\S+)(?=@)", re.IGNORECASE)
_QUOTED = r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*\""""
#: `password=…` in all its spellings (PGPASSWORD, databasePassword); after a space or a colon only what is quoted.
_KEY_PASSWORD = re.compile(
    rf"""(?P<head>password["']?\s*=\s*)(?P<secret>{_QUOTED}|[^\s&]+)""", re.IGNORECASE | re.DOTALL
)
_SAID_PASSWORD = re.compile(rf"""(?P<head>password["']?[\s:]\s*)(?P<secret>{_QUOTED})""", re.IGNORECASE | re.DOTALL)
#: A login without a scheme, `user:password@host`. A URN, an address to mail to and the digest of an image are none;
#: nor is what begins with a digit, such as a time.
_LOGIN_PASSWORD = re.compile(
    r"""(?P<head>(?<![^\s"'`(\[{<=,])(?!urn:|mailto:)[a-z_][\w.%+-]*:)(?!//)(?P<secret>[^\s"'`]+)(?=@(?!sha256:)[\w\[])""",
    re.IGNORECASE,
)
_VERIFIER = re.compile(r"SCRAM-SHA-256\$[^\s'\"]+")
REDACTED: Final = "[secret]"
#: What would break a line, or turn it around, on somebody's screen.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def redact(text: str, *secrets: str) -> str:
    """Return the text without passwords in DSNs, SCRAM verifiers or any of the given secrets."""
    spellings = {spelling for secret in secrets if secret for spelling in (secret, on_one_line(secret))}
    for secret in sorted(spellings, key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    text = _VERIFIER.sub(REDACTED, text)
    for pattern in (_DSN_PASSWORD, _KEY_PASSWORD, _SAID_PASSWORD, _LOGIN_PASSWORD):
        text = pattern.sub(rf"\g<head>{REDACTED}", text)
    return text


def on_one_line(text: str) -> str:
    """Return the text on one line, with control characters as escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode(), text)


class RolloutError(Exception):
    """An error that a person can act on.

    Its text is ``CODE path: problem. Allowed: … Fix: …`` on one line; secrets in DSNs are redacted.
    """

    def __init__(self, code: str, path: str, problem: str, *, allowed: str = "", fix: str = "") -> None:
        if code not in CODES:
            raise KeyError(code)
        self.code = code
        self.path = path
        self.problem = problem.rstrip(".")
        self.allowed = allowed.rstrip(".")
        self.fix = fix.rstrip(".")
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.path, self.problem, self.allowed, self.fix))

    def __str__(self) -> str:
        stop = "" if self.problem.endswith("?") else "."
        text = f"{self.code} {self.path}: {self.problem}{stop}" if self.path else f"{self.code} {self.problem}{stop}"
        if self.allowed:
            text += f" Allowed: {self.allowed}."
        if self.fix:
            text += f" Fix: {self.fix}."
        return on_one_line(redact(text))


def _rebuild(kind: type[RolloutError], code: str, path: str, problem: str, allowed: str, fix: str) -> RolloutError:
    return kind(code, path, problem, allowed=allowed, fix=fix)


class RolloutErrors(Exception):  # noqa: N818 - a group of errors, named as one
    """Several errors found together, so that a person mends them in one go."""

    def __init__(self, errors: list[RolloutError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))
