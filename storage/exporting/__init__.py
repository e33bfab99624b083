"""What leaves the workspace: tables in five forms, evidence packages (BagIt, WACZ, CASE JSON-LD), and their check."""
