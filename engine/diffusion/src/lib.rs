//! Sigma, noise, schedules, samplers, windows over time. Knows no network and no pixel.
