"""Tests of infra/embedded/engine, against a toy provider over real gRPC."""
