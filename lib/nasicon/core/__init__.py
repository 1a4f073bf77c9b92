"""The stone that every technique stands on: text, fits, intervals, statistics, style."""
