"""The handler of flagd's file of flags."""

from infra.delivery.files import project_folder, read_file, refuse_foreign, remove_file, write_file
from infra.delivery.flagd_text import parse_flagd, render_flagd
from infra.models.delivery import FlagdFile
from infra.provider.handler import Properties
from infra.provider.kinds.delivery import Delivery, Say


class FlagdFileKind(Delivery[FlagdFile]):
    """Flag files for flagd."""

    model = FlagdFile
    module = "flags"
    replaces = frozenset({"path"})

    def identity(self, wanted: FlagdFile) -> str:
        """Return the path."""
        return wanted.path

    def stub(self, identity: str) -> FlagdFile:
        """Return a file of that path."""
        return FlagdFile.model_construct(path=identity, flags={})

    def look(self, wanted: FlagdFile) -> Properties | None:
        """Return the flags of the file, for whom they are, and who is in the cohort."""
        text = read_file(project_folder(), wanted.path)
        content = None if text is None else parse_flagd(text)
        if content is None:
            return None
        return {"flags": content.flags, "cohortOnly": list(content.cohort_only), "members": list(content.members)}

    def foresee(self, wanted: FlagdFile) -> None:
        """Refuse somebody else's file."""
        refuse_foreign(wanted.path, read_file(project_folder(), wanted.path), _is_ours)

    def write(self, wanted: FlagdFile, former: FlagdFile | None, say: Say) -> Properties:
        """Write the whole file."""
        del former, say
        text = render_flagd(wanted.flags, wanted.cohort_only, wanted.members)
        write_file(project_folder(), wanted.path, text, _is_ours)
        return {}

    def remove(self, wanted: FlagdFile, say: Say) -> None:
        """Remove the file, unless somebody has put another in its place."""
        if not remove_file(project_folder(), wanted.path, _is_ours):
            say(f"{wanted.path} is left: the rollout has not written what is in it")


def _is_ours(text: str) -> bool:
    return parse_flagd(text) is not None
