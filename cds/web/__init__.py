"""Pages for people: the clinician's form and the decision with its reasons."""
