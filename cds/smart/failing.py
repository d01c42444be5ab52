"""Why a launch did not lead to the form: one sentence for whoever launched it, and the status."""

from cds.errors import CdsError


class LaunchError(CdsError):
    """The launch ends here. The message repeats nothing that was sent."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
