"""What the plugin offers to Airflow."""

from airflow.plugins_manager import AirflowPlugin


class SyncPlugin(AirflowPlugin):
    """Makes the package known; pages come with it later."""

    name = "sync_operators"
