"""Folders of safetensors and JSON that survive a kill and can be trusted on load."""
