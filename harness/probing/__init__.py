"""What a unit of each stage of a run costs on this machine: tried out with the run's own parts, and nothing kept."""
