"""The Pulumi program: what it registers, in which order, under which configuration."""
