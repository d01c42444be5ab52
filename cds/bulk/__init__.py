"""FHIR Bulk Data Access: asks a server for an export and brings its files."""
