"""The stores on both databases."""
