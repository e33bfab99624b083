"""The database and the evidence store. No Scrapy, no web."""
