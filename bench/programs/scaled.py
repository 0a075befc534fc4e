"""The project's own program with the seven tables several times: a bench project's `__main__.py` links here."""

import runpy
from pathlib import Path

import infra.config.definition
from bench.scaled import define_scaled

infra.config.definition.define_pipeline = define_scaled
runpy.run_path(str(Path(__file__).resolve().parents[2] / "__main__.py"), run_name="__main__")
