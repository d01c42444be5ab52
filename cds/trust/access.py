"""Which role may do what: every route of the service stands in exactly one of these tables.

A route that stands in none is refused to everybody. An interface takes the header Authorization
only and a page the session cookie only, so that no other site can use a browser's session on the
interface.
"""

from collections.abc import Mapping

from cds.trust.roles import Role

Roles = frozenset[Role]
_PRESCRIBES: Roles = frozenset({Role.PRESCRIBER})
_READS: Roles = frozenset({Role.PRESCRIBER, Role.AUDITOR})
_AUDITS: Roles = frozenset({Role.AUDITOR})
_WATCHES: Roles = frozenset({Role.AUDITOR, Role.RULE_MANAGER, Role.ADMINISTRATOR})
_EXAMINES: Roles = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
_WRITES_RULES: Roles = frozenset({Role.RULE_MANAGER})
_EVERY_ROLE: Roles = frozenset(Role)

#: Without a role: nothing here says anything of a patient, but to whom an EHR just vouched for.
OPEN = frozenset(
    {
        "GET /health/live",
        "GET /health/ready",
        "GET /openapi.json",
        "GET /docs",
        "GET /fhir/metadata",
        "GET /docs/<name>",
        "GET /assets/<path:filename>",
        "GET /bootstrap/static/<path:filename>",
        "GET /sign-in",
        "POST /sign-in",
        "POST /sign-out",
        "GET /launch",
        "GET /callback",
        "GET /.well-known/jwks.json",
    }
)

INTERFACE: Mapping[str, Roles] = {
    "POST /v1/decisions": _PRESCRIBES,
    "POST /v1/fhir/decisions": _PRESCRIBES,
    "GET /v1/decisions/<id>": _READS,
    "POST /v1/decisions/<id>/why-not": _READS,
    "POST /v1/decisions/<id>/what-if": _READS,
    "GET /v1/decisions/<id>/explanation": _READS,
    "GET /v1/decisions/<id>/handout": _READS,
    "GET /v1/decisions/<id>/fhir": _READS,
    "GET /v1/decisions/<id>/feedback": _READS,
    "POST /v1/decisions/<id>/feedback": _PRESCRIBES,
    "POST /v1/decisions/<id>/replay": _AUDITS,
    "POST /v1/follow-ups/<id>/replay": _AUDITS,
    "GET /v1/feedback": _EXAMINES,
    "GET /v1/analytics/rules": _WATCHES,
    "POST /fhir/PlanDefinition/exercise-therapy/$apply": _PRESCRIBES,
    "GET /fhir/ActivityDefinition": _EVERY_ROLE,
    "GET /fhir/ActivityDefinition/<id>": _EVERY_ROLE,
    "GET /fhir/PlanDefinition": _EVERY_ROLE,
    "GET /fhir/PlanDefinition/<id>": _EVERY_ROLE,
    "POST /v1/follow-ups": _PRESCRIBES,
    "GET /v1/follow-ups/<id>": _READS,
    "GET /v1/calculators": _EVERY_ROLE,
    "POST /v1/calculators/<name>": _EVERY_ROLE,
    "GET /v1/facts": _EVERY_ROLE,
    "GET /v1/conditions": _EVERY_ROLE,
    "GET /v1/rules": _EVERY_ROLE,
    "GET /v1/rules/<id>": _EVERY_ROLE,
    "GET /v1/exercises": _EVERY_ROLE,
    "GET /v1/evidence/<id>": _EVERY_ROLE,
    "GET /v1/audit/verify": _EXAMINES,
    "GET /v1/audit/events": _AUDITS,
}

#: Of CDS Hooks: clients bring tokens of their own, each for the address that it calls.
HOOKS: Mapping[str, Roles] = {
    "GET /cds-services": _PRESCRIBES,
    "POST /cds-services/<id>": _PRESCRIBES,
    "POST /cds-services/<id>/feedback": _PRESCRIBES,
}

PAGES: Mapping[str, Roles] = {
    "GET /": _PRESCRIBES,
    "POST /": _PRESCRIBES,
    "POST /questions": _PRESCRIBES,
    "POST /bundles": _PRESCRIBES,
    "GET /examples/<name>": _EVERY_ROLE,
    "GET /terms": _EVERY_ROLE,
    "GET /decisions/<id>": _READS,
    "POST /decisions/<id>/why-not": _READS,
    "GET /decisions/<id>/what-if": _READS,
    "POST /decisions/<id>/what-if": _READS,
    "POST /decisions/<id>/again": _PRESCRIBES,
    "POST /decisions/<id>/feedback": _PRESCRIBES,
    "GET /decisions/<id>/check-in": _PRESCRIBES,
    "POST /decisions/<id>/check-in": _PRESCRIBES,
    "GET /follow-ups/<id>": _READS,
    "GET /decisions/<id>/handout": _READS,
    "GET /decisions/<id>/handout.pdf": _READS,
    "GET /audit": _AUDITS,
    "GET /audit/decisions/<id>": _AUDITS,
    "POST /audit/decisions/<id>/replay": _AUDITS,
    "GET /audit/status": _EXAMINES,
    "POST /audit/status": _EXAMINES,
    "POST /audit/checkpoint": _EXAMINES,
    "POST /audit/export": _EXAMINES,
    "GET /audit/rules": _WATCHES,
    "GET /rules": _EVERY_ROLE,
    "GET /rules/<id>": _EVERY_ROLE,
    "GET /evidence": _EVERY_ROLE,
    "GET /policies": _EVERY_ROLE,
    "GET /movements": _EVERY_ROLE,
    "GET /value-sets": _EVERY_ROLE,
    "GET /drafts": _WRITES_RULES,
    "POST /drafts": _WRITES_RULES,
}

ROLES: Mapping[str, Roles] = {**INTERFACE, **HOOKS, **PAGES}


def route_name(method: str, rule: str) -> str:
    """The name of a route in the tables; HEAD is GET without a body."""
    return f"{'GET' if method == 'HEAD' else method} {rule}"
