"""Training of the topic network."""
