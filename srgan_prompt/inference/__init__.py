"""Any image through a trained generator: tiles, memory, engines, export."""
