"""The errors Moodle answers: exception class, errorcode and message (source: ws-functions.md, "Protocol")."""


class Refusal(Exception):
    """A call that Moodle understood and refused."""

    def __init__(self, errorcode: str, message: str, exception: str = "core\\exception\\moodle_exception") -> None:
        super().__init__(message)
        self.errorcode = errorcode
        self.message = message
        self.exception = exception


def invalid_parameter() -> Refusal:
    """Wrong shape or value: production sites name neither the row nor the field."""
    return Refusal(
        "invalidparameter", "Invalid parameter value detected", "core\\exception\\invalid_parameter_exception"
    )


def invalid_token() -> Refusal:
    """The token is not known, or was not sent."""
    return Refusal("invalidtoken", "Invalid token - token not found")


def access_denied() -> Refusal:
    """The function exists but the token's service does not offer it, or the token has expired."""
    return Refusal("accessexception", "Access control exception", "webservice_access_exception")


def missing_record(table: str) -> Refusal:
    """A record that must exist does not."""
    message = f"Can't find data record in database table {table}."
    return Refusal("invalidrecord", message, "dml_missing_record_exception")


def invalid_user() -> Refusal:
    """There is no such account."""
    return Refusal("invaliduser", "Invalid user", "dml_missing_record_exception")


def missing_capability(title: str) -> Refusal:
    """The service account lacks a capability; Moodle names it by its title."""
    message = f"Sorry, but you do not currently have permissions to do that ({title})."
    return Refusal("nopermissions", message, "core\\exception\\required_capability_exception")


def write_error() -> Refusal:
    """The database refused a value: too long, or taken."""
    return Refusal("dmlwriteexception", "Error writing to database", "dml_write_exception")


def coding_error(what: str) -> Refusal:
    """The call makes no sense to the function."""
    message = f"Coding error detected, it must be fixed by a programmer: {what}"
    return Refusal("codingerror", message, "core\\exception\\coding_exception")
