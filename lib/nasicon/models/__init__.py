"""Pure equations: no data, no fitting, no other package of the library."""
