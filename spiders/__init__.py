"""From a page to a Listing."""
