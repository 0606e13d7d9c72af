"""Our colours. Nothing is imported here, so that what draws without matplotlib can have them too."""

# Okabe and Ito's palette, which colour-blind readers can tell apart (https://jfly.uni-koeln.de/color/).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#222222")
GRID = "#E4E4E4"
ABSENT = "#BDBDBD"
"""What has no value or no name."""
