//! What a pickle describes.

/// Index of a node in its [`Graph`]. Values refer to each other by index, so that neither deep nor shared nor cyclic
/// structures cost more than their opcodes (dropping a graph does not recurse).
pub type Id = u32;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// `None`, and what carries no meaning here.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text: a range of the pickle.
    Text(std::ops::Range<usize>),
    /// A tuple.
    Tuple(Vec<Id>),
    /// A list.
    List(Vec<Id>),
    /// A dict, `OrderedDict` too: keys and values in turn.
    Dict(Vec<Id>),
    /// A class or function of the list, by its full name `module name`.
    Class(std::ops::Range<usize>, std::ops::Range<usize>),
    /// A persistent id: torch's storages.
    Persistent(Id),
    /// `torch._utils._rebuild_tensor_v2` with these arguments.
    Tensor(Id),
    /// A TorchScript module with its attributes, once built.
    Module(Option<Id>),
    /// A harmless thing that is no tensor, such as an `io.BytesIO` of extra state.
    Foreign,
}

/// All values of a pickle and which one it is.
#[derive(Debug)]
pub struct Graph<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) nodes: Vec<Node>,
    pub(super) root: Id,
}

impl Graph<'_> {
    /// The value that was pickled.
    pub fn root(&self) -> &Node {
        self.node(self.root)
    }

    /// The index of the value that was pickled.
    pub fn root_id(&self) -> Id {
        self.root
    }

    /// A value by its index.
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    /// The words of a [`Node::Text`].
    pub fn text(&self, id: Id) -> Option<&str> {
        match self.node(id) {
            Node::Text(range) => std::str::from_utf8(&self.bytes[range.clone()]).ok(),
            _ => None,
        }
    }

    /// The name (without module) of a [`Node::Class`].
    pub fn class(&self, id: Id) -> Option<&str> {
        match self.node(id) {
            Node::Class(_, name) => std::str::from_utf8(&self.bytes[name.clone()]).ok(),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn size(&self, id: Id) -> Option<usize> {
        match self.node(id) {
            Node::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The members of a tuple or list.
    pub fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.node(id) {
            Node::Tuple(members) | Node::List(members) => Some(members),
            _ => None,
        }
    }

    /// The entries of a dict or of a module's attributes; none for anything else.
    pub fn entries(&self, id: Id) -> impl Iterator<Item = (Id, Id)> {
        let flat: &[Id] = match self.node(id) {
            Node::Dict(flat) => flat,
            Node::Module(Some(state)) => match self.node(*state) {
                Node::Dict(flat) => flat,
                _ => &[],
            },
            _ => &[],
        };
        flat.chunks_exact(2).map(|pair| (pair[0], pair[1]))
    }
}
