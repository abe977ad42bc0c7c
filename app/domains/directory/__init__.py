"""Common ground: the organisation, and the masters everybody refers to. Kept by HR, IT and the customer desk."""
