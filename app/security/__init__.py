"""Who gets in, and who may what on which rows."""
