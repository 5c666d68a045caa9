"""One module per page: its addresses, and who may ask for them."""
