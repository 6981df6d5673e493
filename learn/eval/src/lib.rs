//! Scores inverse, forward and relighting against an evaluation set.
