"""Training of the classifier of promotions."""
