"""A small set of rules without fault, edited one place at a time."""

import shutil
from collections.abc import Mapping
from pathlib import Path

BONES = "rules/contraindications/bones.yaml"
CASES = "rules/contraindications/bones.cases.yaml"
FLAGS = "rules/definitions/flags.yaml"
FLAG_CASES = "rules/definitions/flags.cases.yaml"
ROWS = "rules/progression/rows.yaml"
PLACES = "rules/delivery/places.yaml"

FILES: Mapping[str, str] = {
    BONES: """\
topic: bones
stage: contraindications
version: 1.0.0
status: active
clinical_sign_off: pending
author: rule team
date: 2026-11-22
review_due: 2027-11-22
description: A small topic for tests.
use: Tests only.
misuse: Nothing may be concluded from it.
rules:
  - id: contraindications.bones.no-flexion
    title: No loaded flexion
    reference: [CONTRA-X]
    if_unknown: apply
    when:
      any:
        - condition: osteoporosis
        - fact: dxa_t_score
          at_most: -2.5
          unit: "{T-score}"
        - fact: vertebral_fracture
    then:
      - avoid:
          tags: [AV_LOADED_SPINAL_FLEXION]
          severity: high
          message: No loaded flexion of the spine.
          alternatives: [A01]
    because: Flexion loads the front of the vertebra.
    evidence:
      - citation: service-policy
        locator: whole
        mark: O
    limitations: None known.

  - id: contraindications.bones.hold
    title: Hold at a high pressure
    reference: [CONTRA-Y]
    if_unknown: ask
    when:
      all:
        - policy: resting_bp_hold
          equals: hold_180_110
        - fact: sbp_rest
          at_least: 180
          unit: mm[Hg]
    then:
      - contraindicate:
          kind: hold_today
          scope: all
          severity: high
          action: hold_today
          message: Hold today.
          alternatives: [Sit and rest]
          reopens: Below 180
      - limit:
          attribute: hr_bpm
          at_most: {fact: icd_lowest_detection_rate, plus: -10}
          unit: /min
          message: Stay below the detection rate.
      - refer:
          to: physician
          urgency: urgent
          reason: High pressure.
      - conflict:
          attribute: resting pressure
          sources: [One says 180, Another says 200]
          resolution: The stricter one.
          policy: resting_bp_hold
    because: It is high.
    evidence:
      - citation: service-policy
        locator: whole
        mark: O
    limitations: None known.
""",
    CASES: """\
topic: bones
clinical_sign_off: pending
cases:
  - name: On the threshold
    given: {dxa_t_score: -2.5, sbp_rest: 180}
    expect:
      fires: [contraindications.bones.no-flexion, contraindications.bones.hold]
    because: Equality counts.
  - name: Just past it
    given:
      conditions: []
      conditions_reviewed: true
      dxa_t_score: -2.4
      vertebral_fracture: false
      sbp_rest: 179
    expect:
      silent: [contraindications.bones.no-flexion, contraindications.bones.hold]
    because: Neither is reached.
  - name: Nothing known
    given: {}
    expect:
      unknown: [contraindications.bones.no-flexion, contraindications.bones.hold]
    because: Nobody said anything.
does:
  contraindications.bones.no-flexion: [unknown apply, "avoid AV_LOADED_SPINAL_FLEXION high"]
  contraindications.bones.hold:
    - unknown ask
    - contraindicate hold_today all high hold_today
    - limit hr_bpm at_most icd_lowest_detection_rate-10 /min
    - refer physician urgent
    - conflict resting pressure resting_bp_hold
""",
    FLAGS: """\
topic: flags
stage: definitions
version: 1.0.0
status: active
clinical_sign_off: pending
author: rule team
date: 2026-11-22
review_due: 2027-11-22
description: A small definition for tests.
use: Tests only.
misuse: Nothing may be concluded from it.
rules:
  - id: definitions.flags.symptomatic
    title: Symptomatic
    reference: [SCREEN-X]
    if_unknown: ask
    when:
      at_least_n:
        n: 1
        of:
          - fact: sx_ischemic_pain
          - fact: sx_dyspnea
    then:
      - define:
          fact: symptomatic
    because: Either is a symptom.
    evidence:
      - citation: service-policy
        locator: whole
        mark: O
    limitations: None known.
""",
    FLAG_CASES: """\
topic: flags
clinical_sign_off: pending
cases:
  - name: A symptom
    given: {sx_dyspnea: true}
    expect:
      fires: [definitions.flags.symptomatic]
    because: One suffices.
  - name: No symptom
    given: {sx_dyspnea: false, sx_ischemic_pain: false}
    expect:
      silent: [definitions.flags.symptomatic]
    because: Both were asked.
does:
  definitions.flags.symptomatic: [unknown ask, define symptomatic]
""",
}


#: A row of the progression table; the knowledge orders others, so it stays out of whole roots.
ROW = """\
topic: rows
stage: progression
version: 1.0.0
status: active
clinical_sign_off: pending
author: rule team
date: 2026-11-22
review_due: 2027-11-22
description: A small row for tests.
use: Tests only.
misuse: Nothing may be concluded from it.
rules:
  - id: progression.rows.flare
    title: A flare
    reference: [PR-X]
    if_unknown: require
    when: {fact: delta24, at_least: 2, unit: "{NRS}"}
    then:
      - progress:
          direction: regress
          action: REGRESS_20
          dose:
            - {attribute: volume, low: -20, high: -20, unit: "%"}
          message: A fifth less.
    because: It was too much.
    evidence:
      - citation: service-policy
        locator: whole
        mark: O
    limitations: None known.
"""


def write_files(root: Path, files: Mapping[str, str] = FILES) -> None:
    """These files under the root, in place of what is in its rules now."""
    shutil.rmtree(root / "rules", ignore_errors=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


PLACE = """\
topic: places
stage: delivery
version: 1.0.0
status: active
clinical_sign_off: pending
author: rule team
date: 2026-11-22
review_due: 2027-11-22
description: A small item for tests.
use: Tests only.
misuse: Nothing may be concluded from it.
rules:
  - id: delivery.places.room
    title: Room for standing
    reference: []
    if_unknown: apply
    when: {fact: home_space_ready, is: absent}
    then:
      - setting:
          item: H6
          kind: hard
          settings: [home, telehealth]
          element: standing
          criterion: The room is ready.
          message: The room is not ready.
          otherwise: Seated
    because: Falls begin with the room.
    evidence:
      - citation: service-policy
        locator: whole
        mark: O
    limitations: None known.
"""
