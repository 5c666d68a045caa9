"""A stand-in Moodle, an SFTP drop and a control endpoint, on real sockets of this machine."""
