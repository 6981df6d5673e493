//! State dicts and TorchScript modules in a torch archive.

use crate::{
    Dtype, Entry,
    archive::Archive,
    pickle::{self, Graph, Id, Node},
};
use relight_file::{Fault, Result};
use std::{collections::BTreeMap, path::Path};

/// A pickle of tensor names may hold this much; the largest known one has 300 KB.
const PICKLE_LIMIT: usize = 16 << 20;
/// Modules in modules: the official ones nest 7 deep.
const DEPTH_LIMIT: usize = 64;
/// Values that are looked at. A dict may stand in many others, so that a short pickle could describe an endless tree.
const VISIT_LIMIT: usize = 200_000;
/// Tensors, letters of a name and axes of a tensor; the largest known file has 2000 tensors of 5 axes with names of 80 letters. All three can be repeated
/// in a short pickle by recalling one value again and again.
const TENSOR_LIMIT: usize = 20_000;
const NAME_LIMIT: usize = 512;
const AXIS_LIMIT: usize = 16;
/// Wrappers that hold the state dict, in the order in which they are tried.
const WRAPPERS: [&str; 3] = ["model", "state_dict", "ema"];

/// The named tensors of an archive: a flat or wrapped state dict, a TorchScript module (dotted attribute paths), or a tuple or list of
/// tensors (named `0`, `1`, …). Entries that are no tensors are passed over.
///
/// # Errors
/// The pickle is refused, or a tensor's storage is missing or too small.
pub(crate) fn tensors(path: &Path, bytes: &[u8], archive: &Archive) -> Result<BTreeMap<String, Entry>> {
    let refuse = |words: String| Fault::new(format!("{}: {words}", path.display()), "use the official file, or a safetensors conversion of it");
    let range = archive.member("data.pkl").expect("checked when the archive was read");
    if range.len() > PICKLE_LIMIT {
        return Err(refuse(format!("its table has {} bytes", range.len())));
    }
    let graph = pickle::parse(&bytes[range]).map_err(|words| refuse(format!("its pickle is refused: {words}")))?;
    let mut found = BTreeMap::new();
    let mut reader = Reader { graph: &graph, archive, visits: 0 };
    reader.collect(reader.state_dict(), "", 0, &mut found).map_err(refuse)?;
    if found.is_empty() {
        return Err(refuse("it holds no tensor".into()));
    }
    Ok(found)
}

struct Reader<'a> {
    graph: &'a Graph<'a>,
    archive: &'a Archive,
    visits: usize,
}

impl Reader<'_> {
    /// The dict that holds the tensors: the pickled value, or the one inside a wrapper such as `{"model": …}`.
    fn state_dict(&self) -> Id {
        let root = self.graph.root_id();
        if let Node::Dict(_) = self.graph.root() {
            for wrapper in WRAPPERS {
                let inner = self.graph.entries(root).find(|(key, _)| self.graph.text(*key) == Some(wrapper));
                if let Some((_, inner)) = inner.filter(|(_, value)| matches!(self.graph.node(*value), Node::Dict(_))) {
                    return inner;
                }
            }
        }
        root
    }

    fn collect(&mut self, id: Id, prefix: &str, depth: usize, found: &mut BTreeMap<String, Entry>) -> Result<(), String> {
        if depth > DEPTH_LIMIT {
            return Err(format!("modules nest more than {DEPTH_LIMIT} deep"));
        }
        self.visits += 1;
        if found.len() > TENSOR_LIMIT || self.visits > VISIT_LIMIT {
            return Err(format!("it names more than {TENSOR_LIMIT} tensors"));
        }
        if prefix.len() > NAME_LIMIT {
            return Err(format!("a name has more than {NAME_LIMIT} letters"));
        }
        let graph = self.graph;
        match graph.node(id) {
            Node::Tensor(arguments) => {
                let entry = self.entry(*arguments).map_err(|words| format!("tensor {prefix}: {words}"))?;
                found.insert(prefix.to_owned(), entry);
            }
            Node::Dict(_) | Node::Module(_) => {
                for (key, value) in graph.entries(id) {
                    if let Some(key) = graph.text(key) {
                        self.collect(value, &join(prefix, key), depth + 1, found)?;
                    }
                }
            }
            Node::Tuple(members) | Node::List(members) if depth == 0 => {
                for (index, member) in members.iter().enumerate() {
                    self.collect(*member, &index.to_string(), depth + 1, found)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Arguments of `_rebuild_tensor_v2`: (storage, offset, size, stride, …).
    fn entry(&self, arguments: Id) -> Result<Entry, String> {
        let graph = self.graph;
        let Some(&[storage, offset, shape, stride, ..]) = graph.sequence(arguments) else { return Err("its description is short".into()) };
        let Node::Persistent(id) = graph.node(storage) else { return Err("it has no storage".into()) };
        // ('storage', class, key, device, count)
        let Some(&[_, class, key, _, _]) = graph.sequence(*id) else { return Err("its storage has no name".into()) };
        let class = graph.class(class).unwrap_or_default();
        let dtype = Dtype::of_storage(class).ok_or_else(|| format!("storage class {class} is not known"))?;
        let key = graph.text(key).unwrap_or_default();
        let storage = self.archive.member(&format!("data/{key}")).ok_or_else(|| format!("its storage data/{key} is missing"))?;
        let sizes = |id| {
            graph.sequence(id).filter(|ids| ids.len() <= AXIS_LIMIT).and_then(|ids| ids.iter().map(|id| graph.size(*id)).collect::<Option<Vec<_>>>())
        };
        let (Some(offset), Some(shape), Some(stride)) = (graph.size(offset), sizes(shape), sizes(stride)) else {
            return Err("its sizes are no few whole numbers".into());
        };
        let start = offset.checked_mul(dtype.size()).and_then(|o| storage.start.checked_add(o)).filter(|start| *start <= storage.end);
        let start = start.ok_or("it begins beyond its storage")?;
        let entry = Entry { dtype, shape, stride, bytes: start..storage.end };
        if entry.shape.len() != entry.stride.len() || !entry.fits() {
            return Err("it does not fit into its storage".into());
        }
        Ok(entry)
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}
