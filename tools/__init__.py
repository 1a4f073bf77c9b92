"""Programs of the maintainers: ``python -m tools.NAME`` at the repository's root."""
