"""The pages in the Airflow UI: read models in plain Python, routes on top, one module that knows Airflow."""
