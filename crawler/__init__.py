"""The Scrapy project and its operation."""
