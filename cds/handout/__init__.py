"""A recorded decision as a page for the patient: plain words, in the patient's language."""
