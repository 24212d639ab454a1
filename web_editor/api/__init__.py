"""The handlers of the API, one area a file. What they ask lives in the other rooms."""
