"""What a wrong definition tells whoever runs the program: named errors, all that the rules find, and no traceback."""

import pytest

from infra.config.definition import define_pipeline, load_definition
from infra.config.stack import Refusal, StackConfig
from infra.models.access import Access
from infra.models.cohort import Cohort
from infra.models.definition import Definition
from infra.models.delivery import DeliverySettings
from infra.models.gate import GateSettings
from infra.models.policy import Command, Policy
from infra.pipeline.phases import rollout
from infra.pipeline.pooling import DEFAULTS
from infra.resources import Connection

CONFIG = StackConfig(
    phase=1,
    access=Access.SERVICE,
    access_stated=True,
    protect=False,
    extensions=(),
    connection=Connection(host="127.0.0.1", port=5432, name="x", user="deployer", sslmode="disable", password="p"),
    rollout=rollout(1),
    cohort=Cohort(),
    gates=GateSettings(),
    delivery=DeliverySettings(),
    aws=None,
    pooling=DEFAULTS,
)


def _policies(config: StackConfig, **changes: object) -> Definition:
    """Return the pipeline with its first policy changed."""
    definition = define_pipeline(config)
    first = definition.policies[0].model_copy(update=changes)
    return definition.model_copy(update={"policies": (first, *definition.policies[1:])})


def test_the_pipeline_keeps_to_every_rule() -> None:
    assert load_definition(CONFIG, define_pipeline).policies


def test_what_the_rules_find_is_told_before_anything_is_declared() -> None:
    """An unknown column and a table without its index are both named, each with its fix."""

    def define(config: StackConfig) -> Definition:
        broken = _policies(config, using="usr_id = (SELECT auth.uid())")
        kept = tuple(index for index in broken.indexes if index.name != "creator_feature_flags_set_by_idx")
        return broken.model_copy(update={"indexes": kept})

    with pytest.raises(Refusal) as refused:
        load_definition(CONFIG, define)
    assert {error.code for error in refused.value.errors} >= {"DEF007", "DEF009"}
    assert all(" Fix: " in str(error) for error in refused.value.errors)


def test_what_a_model_refuses_is_told_in_our_words() -> None:
    """No class of pydantic's, no repr of the input."""

    def define(config: StackConfig) -> Definition:
        Policy(table="creator_profiles", name="Creator Select", command=Command.SELECT, roles=("anon",), using="false")
        return define_pipeline(config)

    with pytest.raises(Refusal) as refused:
        load_definition(CONFIG, define)
    text = str(refused.value)
    assert text.startswith("DEF001 policy.name: 'Creator Select' is not a name we can give. Allowed: ")
    assert "pydantic" not in text
    assert "input_value" not in text
