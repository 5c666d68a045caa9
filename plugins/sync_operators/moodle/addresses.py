"""Addresses of Moodle as they are given, and as messages may show them."""

import ipaddress
import re

from sync_operators.errors import ConfigurationError


def checked(url: str) -> str:
    """The address of a site without the slash at its end. Raises ConfigurationError for what is none."""
    if not re.match(r"https?://[^/]", url):
        raise ConfigurationError(
            f"`{without_password(url)}` is not the address of a site.",
            remedy="Set the host of the connection `sync_moodle` to the site's address with http:// or https://.",
        )
    return url.rstrip("/")


def without_password(url: str) -> str:
    """The address without the account and password that it may hold."""
    return re.sub(r"//[^/@]*@", "//***@", url)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
