"""Does a verdict change when every architecture is tuned with the same budget?"""
