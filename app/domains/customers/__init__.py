"""The customer desk: archive volumes, changes, dealings and yearly records of every customer; the customer information office answers for it."""
