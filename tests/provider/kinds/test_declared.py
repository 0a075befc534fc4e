"""Two resources for one object are refused, by every kind of ours, and without a database."""

from infra.models.index import Index, IndexColumn
from infra.pipeline.definition import define
from infra.pipeline.phases import rollout
from infra.provider.declared import Declared
from infra.provider.handler import UNKNOWN
from tests.deploying import HANDLERS

DEFINITION = define(rollout(5), deployer="deployer")
OBJECTS = (
    *DEFINITION.roles,
    *DEFINITION.settings,
    *DEFINITION.tables,
    *DEFINITION.functions,
    *DEFINITION.policies,
    *DEFINITION.indexes,
    *DEFINITION.triggers,
    *DEFINITION.views,
    *DEFINITION.grants,
)


def test_every_object_of_the_pipeline_is_declared_once_and_not_twice() -> None:
    """Each object has an identity of its own; a second resource for it is refused, however it differs otherwise."""
    declared = Declared()
    for number, model in enumerate(OBJECTS):
        assert declared.problems(HANDLERS[type(model).__name__], f"urn{number}", model.dump()) == [], model
    for model in OBJECTS:
        refused = declared.problems(HANDLERS[type(model).__name__], "another", model.dump())
        assert [problem.error.code for problem in refused] == ([] if getattr(model, "absent", False) else ["DEF003"])


def test_what_is_not_known_yet_is_nobodys() -> None:
    policy = DEFINITION.policies[0].dump()
    assert HANDLERS["Policy"].identify(policy | {"using": UNKNOWN}) is None  # type: ignore[attr-defined] # it has it


def test_an_index_that_must_be_absent_leaves_its_name_to_another() -> None:
    """Giving an index's name to another definition takes both: the old one absent, the new one present."""
    declared = Declared()
    old = Index(table="notes", name="notes_idx", columns=(IndexColumn(name="kind"),), absent=True)
    new = Index(table="notes", name="notes_idx", columns=(IndexColumn(name="score"),))
    assert not declared.problems(HANDLERS["Index"], "old", old.dump())
    assert not declared.problems(HANDLERS["Index"], "new", new.dump())
