"""The device's side of the wire: frames, and the commands they carry. Runs on the host as well."""

PROTOCOL = 3
