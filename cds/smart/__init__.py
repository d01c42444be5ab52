"""SMART App Launch 2: an EHR starts the form for the patient who is open there."""
