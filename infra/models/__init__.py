"""Pydantic models of database objects: frozen values, no logic of the pipeline."""
