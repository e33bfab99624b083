"""Commands of the crawler: workspace, doctor, sources, crawl, schedule, status."""
