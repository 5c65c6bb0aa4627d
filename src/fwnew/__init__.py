"""Start a deep-learning project that trains, exports and proves its exports."""
