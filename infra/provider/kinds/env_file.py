"""The handler of the application's file of flags."""

from infra.delivery.env_text import parse_env, render_env
from infra.delivery.files import project_folder, read_file, refuse_foreign, remove_file, write_file
from infra.models.delivery import EnvFile
from infra.provider.handler import Properties
from infra.provider.kinds.delivery import Delivery, Say


class EnvFileKind(Delivery[EnvFile]):
    """Files of NAME=true and NAME=false."""

    model = EnvFile
    module = "flags"
    replaces = frozenset({"path"})

    def identity(self, wanted: EnvFile) -> str:
        """Return the path."""
        return wanted.path

    def stub(self, identity: str) -> EnvFile:
        """Return a file of that path."""
        return EnvFile.model_construct(path=identity, flags={})

    def look(self, wanted: EnvFile) -> Properties | None:
        """Return the flags of the file."""
        text = read_file(project_folder(), wanted.path)
        flags = None if text is None else parse_env(text)
        return None if flags is None else {"flags": flags}

    def foresee(self, wanted: EnvFile) -> None:
        """Refuse somebody else's file."""
        refuse_foreign(wanted.path, read_file(project_folder(), wanted.path), _is_ours)

    def write(self, wanted: EnvFile, former: EnvFile | None, say: Say) -> Properties:
        """Write the whole file."""
        del former, say
        write_file(project_folder(), wanted.path, render_env(wanted.flags), _is_ours)
        return {}

    def remove(self, wanted: EnvFile, say: Say) -> None:
        """Remove the file, unless somebody has put another in its place."""
        if not remove_file(project_folder(), wanted.path, _is_ours):
            say(f"{wanted.path} is left: the rollout has not written what is in it")


def _is_ours(text: str) -> bool:
    return parse_env(text) is not None
