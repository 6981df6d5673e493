//! Procedural worlds with known answers, rendered into training shards.
