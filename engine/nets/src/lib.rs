//! Networks behind one contract, and where their weights are.
