"""Build, manifest, registry, verify."""
