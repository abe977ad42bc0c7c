"""Information security: who may what is looked at again, regularly. Kept by IT, decided by the heads."""
