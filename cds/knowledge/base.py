"""Everything the service knows of the world, loaded once and never changed."""

from collections.abc import Mapping

from msgspec import Struct

from cds.knowledge.audiences import Audiences
from cds.knowledge.audit_events import AuditCodes
from cds.knowledge.catalogue import Catalogue
from cds.knowledge.citations import Citation
from cds.knowledge.derivations import Derivations
from cds.knowledge.fhir_codes import FhirCodes
from cds.knowledge.names import Names
from cds.knowledge.policy import Policy
from cds.knowledge.profile_table import ProfileTable
from cds.knowledge.terminology import Terminology
from cds.knowledge.vocabulary import Vocabulary
from cds.model.care import TeachingOrder, TeamTable
from cds.model.change import Changes
from cds.model.delivery_tables import DeliveryTables
from cds.model.feedback import FeedbackTerms
from cds.model.follow_up import ProgressionOrder
from cds.model.formula import IntensityKnowledge
from cds.model.goal import GoalTable
from cds.model.governance import IntendedUse, SourceAttributes
from cds.model.hooks import HookTables
from cds.model.medication import MedicationEffect
from cds.model.protocol import HiitTables
from cds.model.wording import Wording


class Knowledge(Struct, frozen=True, eq=False):
    """The whole knowledge, compared by identity, so that it can be the key of what follows from it.

    `members` lists the ids of each namespace of list facts.
    """

    vocabulary: Vocabulary
    terminology: Terminology
    policies: Mapping[str, Policy]
    citations: Mapping[str, Citation]
    catalogue: Catalogue
    profiles: ProfileTable
    intensity: IntensityKnowledge
    hiit: HiitTables
    delivery: DeliveryTables
    medication_effects: Mapping[str, MedicationEffect]
    derivations: Derivations
    fhir_codes: FhirCodes
    audit_events: AuditCodes
    names: Names
    goals: GoalTable
    team: TeamTable
    teaching: TeachingOrder
    progression: ProgressionOrder
    changes: Changes
    audiences: Audiences
    hooks: HookTables
    feedback: FeedbackTerms
    intended_use: IntendedUse
    source_attributes: SourceAttributes
    messages: Mapping[str, str]
    wording: Wording
    members: Mapping[str, tuple[str, ...]]
    sha256: str
