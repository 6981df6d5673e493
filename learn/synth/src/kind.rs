//! What there is to see in a world.

/// What a world shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One thing and nothing else.
    Objects,
    /// One to six things on a ground.
    Scenes,
    /// The same before one or two walls.
    Rooms,
    /// One to six things in the air before a wall that fills the picture, some of them cut off by its edges: what a hand-held clip shows.
    Backdrops,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Objects, Self::Scenes, Self::Rooms, Self::Backdrops];

    /// The name in the shard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Scenes => "scenes",
            Self::Rooms => "rooms",
            Self::Backdrops => "backdrops",
        }
    }
}
