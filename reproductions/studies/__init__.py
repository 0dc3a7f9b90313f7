"""Questions that need several reproductions, which they find through the registry."""
