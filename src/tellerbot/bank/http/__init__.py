"""A connector to a bank's HTTP interface, described in a YAML file; see configs/http-bank.yaml."""
