"""Turn Airflow's connections into what the core takes: clients, file systems, engines."""
