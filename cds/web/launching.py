"""SMART App Launch: an EHR opens the form for the patient who is open there, filled in.

The record is shown in the answer to the callback and kept nowhere: no address, no cookie and no
table ever holds it. The access token lives as long as that one request.
"""

from collections.abc import Sequence

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from msgspec.structs import replace
from werkzeug.exceptions import HTTPException

from cds.audit.used_tokens import UsedTokens
from cds.ehr.connection import Caller
from cds.ehr.fhir_server import FhirServer
from cds.ehr.gathering import Gathered, gather
from cds.ehr.parts_of_record import State
from cds.errors import CdsError, IntakeError, LackingDataError
from cds.model.hooks import PrefetchKey
from cds.routes.admission import SESSION_COOKIE, admission
from cds.routes.exchange import RECORD_LIMITS, parts
from cds.routes.registering import on
from cds.smart.ehr import LIMITS, Ehr, Grant
from cds.smart.failing import LaunchError
from cds.smart.pending import LASTS, PendingLaunches
from cds.trust.launches import Launches
from cds.trust.sessions import LAUNCH_LASTS
from cds.web.form_pages import Filled, Origin, filled_form
from cds.web.pages import show_error, show_http_error
from cds.web.prefill import typed_of
from cds.web.speaking import speak_in

launching = Blueprint("launching", __name__, template_folder="templates")
_COOKIE = "cds_launch"
_CALLBACK = "/callback"
_PATIENT = "Patient"
_NOT_SET_UP = "No EHR may launch this form: CDS_SMART_ISSUERS is not set."
_UNKNOWN = (
    "This EHR may not launch this form: its address is not one of CDS_SMART_ISSUERS. Nothing was "
    "sent to it."
)
_DENIED = "The EHR denied access, or somebody cancelled there. Nothing was read."
_FAILED = "The EHR ended the launch with an error. Nothing was read. Try again."
_OTHER_ISSUER = "This answer came from another sign-in than the one it was asked of."
_NO_RECORD = "The patient's own entry could not be read in the EHR, so no form was filled in."
_MIXED = "What the EHR answered could not be read as the record of this one patient."


@on(launching, "GET", "/launch")
def begin_launch() -> Response:
    """Sends the browser to the EHR's sign-in."""
    _launches()
    ehr, launch = _ehr(_one("iss")), _one("launch")
    pending = _pending().begin(ehr.base, g.now)
    types = [key.type for key in _keys()]
    address = ehr.address(ehr.configuration(), launch, pending, types)
    response = make_response(redirect(address, 303))
    # Lax: the EHR sends the browser back from its own site, and a strict cookie would stay away.
    _set_cookie(response, _COOKIE, _pending().seal(pending), int(LASTS.total_seconds()), "Lax")
    return response


@on(launching, "GET", _CALLBACK)
def finish_launch() -> Response:
    """The form, filled in from the record of the patient who is open in the EHR."""
    launches = _launches()
    pending = _pending().take(request.cookies.get(_COOKIE, ""), _one("state"), g.now)
    if error := request.args.get("error"):
        raise LaunchError(_DENIED if error == "access_denied" else _FAILED, 403)
    ehr = _ehr(pending.ehr)
    configuration = ehr.configuration()
    if request.args.get("iss", configuration.issuer) != configuration.issuer:  # RFC 9207
        raise LaunchError(_OTHER_ISSUER)
    grant = ehr.exchange(configuration, _one("code"), pending, g.now)
    principal = ehr.user(configuration, grant, launches, g.now)
    filled = _filled(ehr, grant)
    g.principal = principal
    response = filled_form(filled)
    session = admission().sessions.seal_launch(ehr.base, principal.id, g.now)
    _set_cookie(response, SESSION_COOKIE, session, int(LAUNCH_LASTS.total_seconds()), "Strict")
    _set_cookie(response, _COOKIE, "", 0, "Lax")
    return response


def show_launch_error(error: LaunchError) -> Response:
    """Why the launch ended, in words."""
    g.problem = "launch"
    page = render_template("launch_failed.html", detail=error.message, request_id=g.request_id)
    return make_response(page, error.status)


def _filled(ehr: Ehr, grant: Grant) -> Filled:
    """The form as the record fills it in.

    Raises: LaunchError.
    """
    keys, today = _keys(), g.now.date()
    try:
        gathered = _gathered(ehr, grant, keys)
        intake = parts().service.read_bundle(gathered.bundle, today)
    except LackingDataError:
        raise LaunchError(_NO_RECORD, 502) from None
    except IntakeError:
        raise LaunchError(_MIXED, 502) from None
    return Filled(typed_of(intake, today), notes=intake.rejected, origin=_origin(keys, gathered))


def _gathered(ehr: Ehr, grant: Grant, keys: Sequence[PrefetchKey]) -> Gathered:
    server = FhirServer(ehr.base, grant.token, _caller(RECORD_LIMITS.bytes), RECORD_LIMITS)
    vocabulary = parts().service.terms.vocabulary
    return gather(grant.patient_id, {}, keys, vocabulary, server)


def _origin(keys: Sequence[PrefetchKey], gathered: Gathered) -> Origin:
    lacking = {gap.label: gap.state for gap in gathered.gaps}
    cut = [label for label, state in lacking.items() if state is State.TRUNCATED]
    return Origin(
        whole=[key.label for key in keys if key.label not in lacking],
        partly=cut,
        lacking=[label for label in lacking if label not in cut],
    )


def _keys() -> list[PrefetchKey]:
    """What is read. Of a form only the patient is required: a person fills in what is lacking."""
    tables = parts().service.hooks
    return [
        replace(key, required=key.type == _PATIENT) for key in (*tables.prefetch, *tables.launch)
    ]


def _launches() -> Launches:
    found = parts().trust.launches
    if found is None:
        raise LaunchError(_NOT_SET_UP, 404)
    return found


def _ehr(base: str) -> Ehr:
    """The EHR of that address.

    Raises: LaunchError when it is not configured.
    """
    settings, keys, base = parts().settings, parts().client_keys, base.rstrip("/")
    client_id = settings.smart.issuers.get(base)
    if client_id is None:
        raise LaunchError(_UNKNOWN, 403)
    redirect_uri = settings.hooks.public_url + _CALLBACK
    return Ehr(base, client_id, redirect_uri, settings.smart.hosts, _caller(LIMITS.bytes), keys)


def _caller(most_bytes: int) -> Caller:
    of = parts().settings.hooks
    return Caller(of.fhir_networks, of.fhir_ca_file, most_bytes)


def _pending() -> PendingLaunches:
    return PendingLaunches(parts().form_key, UsedTokens(parts().store))


def _one(name: str) -> str:
    """A parameter of the address.

    Raises: LaunchError unless it is there once.
    """
    given = request.args.getlist(name)
    if len(given) != 1 or not given[0]:
        raise LaunchError(f"The address lacks '{name}', or has it twice. Start from the EHR.")
    return given[0]


def _set_cookie(response: Response, name: str, value: str, seconds: int, same_site: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=_CALLBACK if name == _COOKIE else "/",
        secure=parts().settings.secure_cookies,
        httponly=True,
        samesite=same_site,
    )


speak_in(launching)
launching.register_error_handler(LaunchError, show_launch_error)
launching.register_error_handler(HTTPException, show_http_error)
launching.register_error_handler(CdsError, show_error)
