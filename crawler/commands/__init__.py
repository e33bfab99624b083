"""Commands of the crawler: init, doctor, sources, crawl, import, schedule, scheduler, status, lexicon."""
