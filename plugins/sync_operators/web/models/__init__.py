"""What each page shows, read from the ledger alone; no web framework and no Airflow."""
