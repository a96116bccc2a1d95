"""Two rule sets side by side: which rules behave alike for every patient, and who shows where they do not."""
