"""``srgan-prompt demo``: a page on this machine, and the worker process that does what the page is asked for."""
