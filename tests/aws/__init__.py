"""Tests of what we ask AWS for: moto, botocore's Stubber, and an AppConfig in memory."""
