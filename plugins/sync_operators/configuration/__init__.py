"""How `sync.yaml` and the environment become settings: sections, values, reading, and sentences about faults."""
