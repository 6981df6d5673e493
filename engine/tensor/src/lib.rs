//! Channels-last tensors and the operations renderer networks need, tuned per device.
