"""What the service answers in FHIR R4: decisions as resources, rules as PlanDefinitions."""
