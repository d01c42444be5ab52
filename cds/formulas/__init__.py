"""Every formula as a pure function; coefficients and cut-offs come from `knowledge/intensity/`."""
