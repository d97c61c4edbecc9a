"""Networks in PyTorch. Nothing else of the package imports torch, and these modules are imported when a network is trained."""
