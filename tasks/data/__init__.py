"""The data of the tasks: what sets there are, where their rows come from, and that they are what they should be.

`tables` holds the functions that the tasks' YAML names as `custom_dataset`. Each asks `resolver` for the rows of a set
of `sets`, which `shapes` has checked one by one and `manifest` as a whole.
"""
