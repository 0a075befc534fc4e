"""Runs the Pulumi program in process, against real provider plugins, on a state that Pulumi's CLI can take over."""
