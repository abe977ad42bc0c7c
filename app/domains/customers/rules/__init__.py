"""When the customer desk says no: a record goes in, refusals come out. One module for each of the desk's."""
