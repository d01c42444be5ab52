"""Decisions for a whole population: FHIR bulk-export files in, a decision for each patient out."""
