"""Reads `Pulumi.yaml` and the stack's file: name, plugins, options and the configuration that the program sees."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from infra.embedded.loading import load_yaml
from infra.errors import RolloutError

#: A project's keys that are mappings in this form are declarations; anything else is a plain value.
_DECLARATION: Final = frozenset({"type", "items", "default", "value", "secret", "description"})


@dataclass(frozen=True)
class Config:
    """What the program is configured with: texts by their full names, and which of them are secret."""

    values: dict[str, str]
    secret_keys: frozenset[str]

    def of_package(self, package: str) -> dict[str, str]:
        """Return the values in the namespace of a provider's package, by their short names."""
        prefix = f"{package}:"
        return {key.removeprefix(prefix): value for key, value in self.values.items() if key.startswith(prefix)}


@dataclass(frozen=True)
class Project:
    """A Pulumi project and one of its stacks, as their files say."""

    folder: Path
    name: str
    stack: str
    plugins: dict[str, Path]
    refresh: bool
    salt: str
    config: Config

    @property
    def program(self) -> Path:
        """The file that is run."""
        return self.folder / "__main__.py"


def read_project(
    folder: Path,
    stack: str,
    *,
    extra_config: Mapping[str, str],
    extra_secrets: Mapping[str, str],
    require_values: bool = True,
) -> Project:
    """Read the project and the stack's file; the extra values win over both and are given in short or full names.

    Without `require_values` a declared value may be missing: the program says itself what it needs.

    Raises:
        RolloutError: ENG001 for a project that the embedded engine cannot run, CFG004 for a value that is missing,
            SEC001 for a secret in plain text.
    """
    project = _read(folder / "Pulumi.yaml")
    settings = _read(folder / f"Pulumi.{stack}.yaml", optional=True)
    name = project.get("name")
    if not isinstance(name, str):
        raise RolloutError("ENG001", "Pulumi.yaml", "the project has no name", fix="add `name:`")
    reader = _ConfigReader(name, stack, project.get("config") or {}, settings.get("config") or {})
    config = reader.read(extra_config, extra_secrets)
    if require_values:
        reader.require(config)
    return Project(
        folder=folder,
        name=name,
        stack=stack,
        plugins=_plugins(folder, project),
        refresh=(project.get("options") or {}).get("refresh") == "always",
        salt=settings.get("encryptionsalt") or "",
        config=config,
    )


@dataclass(frozen=True)
class _ConfigReader:
    project: str
    stack: str
    declared: dict[str, Any]
    given: dict[str, Any]

    def read(self, extra_config: Mapping[str, str], extra_secrets: Mapping[str, str]) -> Config:
        extra = {self._full(key): value for key, value in (*extra_config.items(), *extra_secrets.items())}
        secret = {self._full(key) for key in extra_secrets}
        declarations = self._declarations()
        values = {key: entry["default"] for key, entry in declarations.items() if "default" in entry}
        values |= {key: entry["value"] for key, entry in declarations.items() if "value" in entry}
        for key, value in self.given.items():
            full = self._full(key)
            if full not in extra:
                self._refuse_unreadable(full, value, declarations.get(full, {}))
                values[full] = value
        secret |= {key for key, entry in declarations.items() if entry.get("secret")}
        return Config({key: _text(value) for key, value in (values | extra).items()}, frozenset(secret))

    def _declarations(self) -> dict[str, dict[str, Any]]:
        return {self._full(key): _declaration(value) for key, value in self.declared.items()}

    def _full(self, key: str) -> str:
        return key if ":" in key else f"{self.project}:{key}"

    def _refuse_unreadable(self, key: str, value: Any, declaration: dict[str, Any]) -> None:
        where = f"Pulumi.{self.stack}.yaml {key}"
        if _has_secure(value):
            raise RolloutError(
                "ENG001",
                where,
                "the embedded engine cannot read encrypted values",
                fix=f"use Pulumi's CLI: `pulumi up -s {self.stack}`, or `rollout up -s {self.stack} --engine pulumi`",
            )
        if declaration.get("secret"):
            short = key.partition(":")[2]
            raise RolloutError(
                "SEC001",
                where,
                "a secret stands in plain text in the stack file",
                fix=f"remove it and run `pulumi config set --secret {short} -s {self.stack}`",
            )

    def require(self, config: Config) -> None:
        """Refuse a configuration without a value that is declared and has no default."""
        for key, entry in self._declarations().items():
            if key not in config.values and "type" in entry:
                short = key.partition(":")[2]
                raise RolloutError(
                    "CFG004",
                    f"Pulumi.{self.stack}.yaml {key}",
                    "the value is missing and has no default",
                    fix=f"run `pulumi config set {short} … -s {self.stack}`",
                )


def _read(path: Path, *, optional: bool = False) -> dict[str, Any]:
    if optional and not path.exists():
        return {}
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise RolloutError("ENG001", str(path), f"the file {reason}", fix="run in a Pulumi project") from None
    if not isinstance(content, dict):
        raise RolloutError("ENG001", str(path), "the file is not a mapping", fix="write it as `key: value`")
    return content


def _plugins(folder: Path, project: dict[str, Any]) -> dict[str, Path]:
    providers = (project.get("plugins") or {}).get("providers") or []
    return {entry["name"]: (folder / entry["path"]).resolve() for entry in providers}


def _declaration(value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and value.keys() <= _DECLARATION:
        return value
    return {"value": value}


def _has_secure(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"secure"} or any(map(_has_secure, value.values()))
    return isinstance(value, list) and any(map(_has_secure, value))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
