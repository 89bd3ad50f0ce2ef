"""The only room that knows SQL: one module per question asked."""
