"""What a round on a real model costs, and whether what makes it cheap comes to the same values."""
