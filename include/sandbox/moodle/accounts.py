"""Accounts that every site has, by id."""

GUEST_ID, ADMIN_ID, SERVICE_ID, NOCAPS_ID = 1, 2, 3, 4
