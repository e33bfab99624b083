"""When schedules are due; see ``wildtrade.timetable``."""

from wildtrade.timetable import due_times, in_words, next_time, trigger_for

__all__ = ["due_times", "in_words", "next_time", "trigger_for"]
