"""Programs written for Jaxley are run, not imported."""

collect_ignore_glob = ["programs/*"]
