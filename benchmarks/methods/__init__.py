"""Multi-task methods, judged: the studies, what is concluded of each, and the page of `docs/results`."""
