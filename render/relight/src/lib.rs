//! Inverse, forward and relight: the facade that the shells call.
