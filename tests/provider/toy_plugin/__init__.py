"""A plugin's folder with toy kinds, as Pulumi starts one."""
