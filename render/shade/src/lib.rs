//! The analytic renderer: split-sum shading and screen-space ray-traced visibility and reflection.
