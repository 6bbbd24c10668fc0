"""The data of the tasks: what sets there are, where their rows come from, and that they are what they should be.

`tables` holds the functions that the tasks' YAML names as `custom_dataset`. Each asks `resolver` for the rows of one of
the `sets`: `reading` finds it in a folder, `shapes` checks its rows one by one and `manifest` as a whole, `fetching`
gets what no folder has.
"""
