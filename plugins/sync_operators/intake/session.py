"""How a session with the drop is opened, so that neither end works more than it must."""

from functools import partial
from typing import Any

import asyncssh

CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""What a connection prefers, before what the library does: less than half the work at either end of a line."""

# Four times as long as the library's own: a long file comes in a quarter of the packets, or as the server likes.
_PACKET = 128 << 10
_WINDOW = 4 << 20


async def open_sftp(ssh: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    """SFTP over a connection."""
    # The library opens the channel by this method of the connection, and lets nobody say more about it.
    channel: Any = partial(ssh.open_session, window=_WINDOW, max_pktsize=_PACKET)
    ssh.open_session = channel  # type: ignore[method-assign]
    return await ssh.start_sftp_client()
