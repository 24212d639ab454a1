"""When: cron schedules, deadlines per key, rates, units of clocks. The clock itself is an argument."""
