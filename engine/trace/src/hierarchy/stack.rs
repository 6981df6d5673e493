//! Nodes still to visit.

use super::{lanes::Lanes, node::Node};

/// Room for the deepest trees: 40 levels by the heuristic and 31 by halving, of which a node of eight keeps seven siblings waiting, and the same for
/// the instances above. A power of two, so that masking the index spares its check.
const ROOM: usize = 1024;

/// Nodes still to visit, with where the ray enters them; kept by each thread so that no ray clears it.
pub(crate) struct Stack {
    entries: Box<[(u32, f32); ROOM]>,
    /// Entries in use.
    pub(crate) top: usize,
}

impl Stack {
    pub(crate) fn new() -> Self {
        Self { entries: Box::new([(0, 0.0); ROOM]), top: 0 }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, child: u32, near: f32) {
        self.entries[self.top & (ROOM - 1)] = (child, near);
        self.top += 1;
    }

    /// The last entry; only while `top` is not 0.
    #[inline(always)]
    pub(crate) fn pop(&mut self) -> (u32, f32) {
        self.top -= 1;
        self.entries[self.top & (ROOM - 1)]
    }

    /// The nearest of the children that `hits` names, with the others pushed, farther ones deeper; `None` without hits.
    #[inline(always)]
    pub(crate) fn nearest_first<L: Lanes>(&mut self, node: &Node, mut hits: u32, near: L) -> Option<u32> {
        if hits == 0 {
            return None;
        }
        let first = hits.trailing_zeros() as usize;
        hits &= hits - 1;
        let mut best = node.children[first];
        if hits == 0 {
            return Some(best);
        }
        // Mostly there are one to three.
        let near = near.store();
        let mut distance = near[first];
        let base = self.top;
        while hits != 0 {
            let lane = hits.trailing_zeros() as usize & 7;
            hits &= hits - 1;
            let (mut child, mut far) = (node.children[lane], near[lane]);
            if far < distance {
                (best, child) = (child, best);
                (distance, far) = (far, distance);
            }
            let mut place = self.top;
            while place > base && self.entries[(place - 1) & (ROOM - 1)].1 < far {
                self.entries[place & (ROOM - 1)] = self.entries[(place - 1) & (ROOM - 1)];
                place -= 1;
            }
            self.entries[place & (ROOM - 1)] = (child, far);
            self.top += 1;
        }
        Some(best)
    }
}
