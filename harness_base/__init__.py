"""What every package of the project may stand on: the exception tree, reading rows, text, files, figures as shown."""
