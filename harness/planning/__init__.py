"""What a run will do and cost, worked out from its configuration and from unit costs: functions of numbers."""
