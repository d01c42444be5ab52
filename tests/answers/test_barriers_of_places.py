"""What keeps somebody from a place: not only its rules, also who asks for more supervision."""

from cds.answers.why_not import why_not
from cds.http.core import CoreService
from cds.service import Service
from tests.answers.patients import seen, target_of


def test_a_place_with_too_little_supervision_names_who_asks_for_more(
    service: Service, core: CoreService
) -> None:
    """Found by a random patient: home was blocked, and nothing stood in the way."""
    target = target_of(service, "home")
    view = seen(service, core, target, {"vertebral_fracture": True}, ["osteoporosis"])
    told = why_not(view, target)
    assert told.verdict == "block"
    asking = [barrier for barrier in told.in_the_way if "vert_fracture" in barrier.by]
    assert asking != []
    assert "level 2" in asking[0].message
