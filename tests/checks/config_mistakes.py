"""The mistakes that can be made with a secret in a stack's configuration, and each with its fix applied."""

from dataclasses import dataclass
from typing import Any, Final

SECRET: Final = "Tr0ub4dor&3"
TOKEN: Final = "eyJhbGciOiJIUzI1NiJ9" + ".eyJyb2xlIjoic2VydmljZV9yb2xlIn0" + ".c2lnbmF0dXJlLW9mLWl0"
_ENCRYPTED: Final = "\n    secure: v1:abc:def"


@dataclass(frozen=True)
class ConfigMistake:
    """A configuration with one secret in plain text, what is said of it, and the same with the secret encrypted."""

    spoiled: dict[str, Any]
    said: str
    fixed: dict[str, Any]


def _in_stack(lines: str, line: int, key: str, fixed: str) -> ConfigMistake:
    said = f"SEC001 plaintext secret in Pulumi.dev.yaml:{line}; run pulumi config set --secret {key} -s dev. Fix: "
    return ConfigMistake({"text": f"config:\n  {lines}\n"}, said, {"text": f"config:\n  {fixed}\n"})


def _token(value: str) -> ConfigMistake:
    return _in_stack(f"creative-pipeline:note: {value!r}", 2, "note", f"creative-pipeline:note:{_ENCRYPTED}")


def _in_project(lines: str, line: int, fixed: str) -> ConfigMistake:
    said = f"SEC001 plaintext secret in Pulumi.yaml:{line}; run pulumi config set --secret databasePassword -s dev."
    head = "name: creative-pipeline\nconfig:\n  "
    return ConfigMistake({"project_text": head + lines}, said, {"project_text": head + fixed})


_DESCRIBED: Final = "databasePassword:\n    type: string\n    description: The password of the user.\n    default: ''\n"

CONFIG_MISTAKES: Final = (
    _in_stack(
        f"creative-pipeline:databasePassword: {SECRET}",
        2,
        "databasePassword",
        f"creative-pipeline:databasePassword:{_ENCRYPTED}",
    ),
    _in_stack(
        f"creative-pipeline:database:\n    host: h\n    password: {SECRET}",
        4,
        "--path database.password",
        "creative-pipeline:database:\n    host: h\n    password:\n      secure: v1:abc:def",
    ),
    _in_stack(
        f"creative-pipeline:database:\n    host: postgresql://u:{SECRET}@h/d",
        3,
        "--path database.host",
        "creative-pipeline:database:\n    host: h",
    ),
    _in_stack(f"aws:secretKey: {SECRET}", 2, "secretKey", f"aws:secretKey:{_ENCRYPTED}"),
    _token(f"host=h password={SECRET}"),
    _token(TOKEN),
    _token("AKIA" + "IOSFODNN7EXAMPLE"),
    _token("-----BEGIN RSA PRIVATE " + "KEY-----"),
    _token("sb_secret_" + "0123456789abcdef"),
    _token("sbp_" + "0123456789" * 4),
    _token("pul-" + "0123456789" * 4),
    _token("ghp_" + "0123456789" * 3 + "abcdef"),
    _token("https://hooks.slack.com/" + "services/T0/B0/xyz"),
    _in_project(f"databasePassword: {SECRET}\n", 3, _DESCRIBED),
    _in_project(f"databasePassword:\n    value: {SECRET}\n", 4, _DESCRIBED),
    _in_project(f"databasePassword:\n    type: string\n    default: {SECRET}\n", 5, _DESCRIBED),
    ConfigMistake(
        {"values": {"creative-pipeline:databasePassword": SECRET}},
        "SEC001 plaintext secret in the configuration; run pulumi config set --secret databasePassword -s dev.",
        {
            "values": {"creative-pipeline:databasePassword": SECRET},
            "encrypted": ["creative-pipeline:databasePassword"],
        },
    ),
)
