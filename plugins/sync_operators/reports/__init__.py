"""What a run tells afterwards: HTML for people, JSON Lines for the ERP, CSV for spreadsheets, reasons beside files."""
