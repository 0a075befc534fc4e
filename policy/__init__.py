"""The rules as a policy pack of Pulumi's, in an environment of its own; README.md says how it is used."""
