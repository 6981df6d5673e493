//! The stack machine.

use super::{Graph, Id, Node};
use std::{collections::HashMap, ops::Range};

/// The largest table in use (1458 tensors) makes about 30 thousand nodes; a hostile pickle may not make more than this many
/// (times 40 bytes a node, with its members: below 64 MB).
const NODE_LIMIT: usize = 200_000;

/// What a `GLOBAL` may name, and what calling it stands for.
enum Known {
    OrderedDict,
    Tensor,
    Parameter,
    Storage,
    Module,
    Inert,
}

fn known(module: &str, name: &str) -> Option<Known> {
    Some(match (module, name) {
        ("collections", "OrderedDict") => Known::OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2") => Known::Tensor,
        ("torch._utils", "_rebuild_parameter") => Known::Parameter,
        ("torch", name) if name.ends_with("Storage") => Known::Storage,
        ("torch", "Size") | ("torch", "device") => Known::Inert,
        ("_io" | "io", "BytesIO") | ("__builtin__" | "builtins", "bytes" | "bytearray") | ("_codecs", "encode") => Known::Inert,
        (module, _) if module == "__torch__" || module.starts_with("__torch__.") => Known::Module,
        _ => return None,
    })
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    members: usize,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

/// Runs a pickle and returns what it describes.
///
/// # Errors
/// One line: an opcode or class that is not on the list (by name), a truncated or inconsistent pickle, or too many values.
pub fn parse(bytes: &[u8]) -> Result<Graph<'_>, String> {
    let mut machine = Machine { bytes, at: 0, nodes: Vec::new(), members: 0, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    loop {
        if let Some(root) = machine.step()? {
            return Ok(Graph { bytes, nodes: machine.nodes, root });
        }
    }
}

impl Machine<'_> {
    fn take(&mut self, n: usize) -> Result<Range<usize>, String> {
        let end = self.at.checked_add(n).filter(|end| *end <= self.bytes.len()).ok_or("it ends early")?;
        let range = self.at..end;
        self.at = end;
        Ok(range)
    }

    fn number(&mut self, n: usize) -> Result<u64, String> {
        let range = self.take(n)?;
        Ok(self.bytes[range].iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    fn counted(&mut self, n: usize) -> Result<Range<usize>, String> {
        let length = self.number(n)?;
        self.take(usize::try_from(length).map_err(|_| "a length is absurd")?)
    }

    fn line(&mut self) -> Result<Range<usize>, String> {
        let length = self.bytes[self.at..].iter().position(|b| *b == b'\n').ok_or("it ends early")?;
        let range = self.take(length)?;
        self.at += 1;
        Ok(range)
    }

    fn make(&mut self, node: Node) -> Result<Id, String> {
        if self.nodes.len() >= NODE_LIMIT {
            return Err(format!("it makes more than {NODE_LIMIT} values"));
        }
        self.nodes.push(node);
        Ok(self.nodes.len() as Id - 1)
    }

    fn push(&mut self, node: Node) -> Result<(), String> {
        let id = self.make(node)?;
        self.stack.push(id);
        self.count(1)
    }

    /// Everything that the stack, the memo and containers ever held is bounded together.
    fn count(&mut self, n: usize) -> Result<(), String> {
        self.members += n;
        if self.members > 4 * NODE_LIMIT { Err(format!("it moves more than {} values", 4 * NODE_LIMIT)) } else { Ok(()) }
    }

    fn pop(&mut self) -> Result<Id, String> {
        if self.marks.last().is_some_and(|mark| *mark >= self.stack.len()) {
            return Err("it pops a mark".into());
        }
        self.stack.pop().ok_or_else(|| "its stack is empty".into())
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("a mark is missing")?;
        let members = self.stack.split_off(mark);
        self.count(members.len())?;
        Ok(members)
    }

    fn tuple(&mut self, n: usize) -> Result<(), String> {
        let mut members = Vec::with_capacity(n);
        for _ in 0..n {
            members.push(self.pop()?);
        }
        members.reverse();
        self.push(Node::Tuple(members))
    }

    fn remember(&mut self, key: u32) -> Result<(), String> {
        let top = *self.stack.last().ok_or("its stack is empty")?;
        self.memo.insert(key, top);
        self.count(1)
    }

    fn recall(&mut self, key: u64) -> Result<(), String> {
        let id = u32::try_from(key).ok().and_then(|key| self.memo.get(&key)).ok_or("it recalls what it never kept")?;
        self.stack.push(*id);
        self.count(1)
    }

    fn global(&mut self, module: Range<usize>, name: Range<usize>) -> Result<(), String> {
        // No name on the list has more letters; a line may be as long as the file.
        let start = |range: &Range<usize>| range.start..range.end.min(range.start + 120);
        let words = |range: &Range<usize>| String::from_utf8_lossy(&self.bytes[start(range)]).into_owned();
        let (module_words, name_words) = (words(&module), words(&name));
        if known(&module_words, &name_words).is_none() {
            return Err(format!("it wants {module_words}.{name_words}, which is not on the list of what tensors need"));
        }
        self.push(Node::Class(module, name))
    }

    fn kind(&self, id: Id) -> Option<Known> {
        let Node::Class(module, name) = &self.nodes[id as usize] else { return None };
        known(std::str::from_utf8(&self.bytes[module.clone()]).ok()?, std::str::from_utf8(&self.bytes[name.clone()]).ok()?)
    }

    fn reduce(&mut self) -> Result<(), String> {
        let arguments = self.pop()?;
        let callee = self.pop()?;
        let node = match self.kind(callee).ok_or("it calls something that is no class")? {
            Known::OrderedDict => Node::Dict(Vec::new()),
            Known::Tensor => Node::Tensor(arguments),
            Known::Parameter => match &self.nodes[arguments as usize] {
                // (data, requires_grad, hooks): the tensor itself.
                Node::Tuple(members) if !members.is_empty() => match self.nodes[members[0] as usize] {
                    Node::Tensor(arguments) => Node::Tensor(arguments),
                    _ => return Err("a parameter is no tensor".into()),
                },
                _ => return Err("a parameter has no data".into()),
            },
            Known::Module => Node::Module(None),
            Known::Storage | Known::Inert => Node::Foreign,
        };
        self.push(node)
    }

    fn build(&mut self) -> Result<(), String> {
        let state = self.pop()?;
        let top = *self.stack.last().ok_or("its stack is empty")?;
        if let Node::Module(attributes) = &mut self.nodes[top as usize] {
            *attributes = Some(state);
        }
        Ok(())
    }

    fn set(&mut self, items: Vec<Id>) -> Result<(), String> {
        let top = *self.stack.last().ok_or("its stack is empty")?;
        match &mut self.nodes[top as usize] {
            Node::Dict(flat) if items.len().is_multiple_of(2) => flat.extend(items),
            Node::Foreign => {}
            _ => return Err("it sets items of something that is no dict".into()),
        }
        Ok(())
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), String> {
        let top = *self.stack.last().ok_or("its stack is empty")?;
        match &mut self.nodes[top as usize] {
            Node::List(members) => members.extend(items),
            _ => return Err("it appends to something that is no list".into()),
        }
        Ok(())
    }

    /// One opcode; the root once `STOP` is reached.
    fn step(&mut self) -> Result<Option<Id>, String> {
        let op = self.number(1)? as u8;
        match op {
            b'.' => return self.pop().map(Some),
            0x80 => {
                let protocol = self.number(1)?;
                if protocol > 5 {
                    return Err(format!("it has protocol {protocol}"));
                }
            }
            0x95 => _ = self.number(8)?,
            b'(' => {
                self.marks.push(self.stack.len());
                self.count(1)?;
            }
            b'0' => _ = self.pop()?,
            b'N' => self.push(Node::None)?,
            0x88 => self.push(Node::Bool(true))?,
            0x89 => self.push(Node::Bool(false))?,
            b'K' => self.integer(1, false)?,
            b'M' => self.integer(2, false)?,
            b'J' => self.integer(4, true)?,
            0x8a => {
                let length = self.number(1)? as usize;
                if length > 8 {
                    return Err("a whole number has more than 64 bits".into());
                }
                self.integer(length, true)?;
            }
            b'G' => {
                let range = self.take(8)?;
                let value = f64::from_be_bytes(self.bytes[range].try_into().expect("eight bytes"));
                self.push(Node::Float(value))?;
            }
            b'X' | b'T' | b'B' => self.words(4)?,
            0x8c | b'U' | b'C' => self.words(1)?,
            0x8d | 0x8e => self.words(8)?,
            b')' => self.push(Node::Tuple(Vec::new()))?,
            b']' => self.push(Node::List(Vec::new()))?,
            b'}' => self.push(Node::Dict(Vec::new()))?,
            0x85 => self.tuple(1)?,
            0x86 => self.tuple(2)?,
            0x87 => self.tuple(3)?,
            b't' => {
                let members = self.pop_mark()?;
                self.push(Node::Tuple(members))?;
            }
            b'l' => {
                let members = self.pop_mark()?;
                self.push(Node::List(members))?;
            }
            b'd' => {
                let members = self.pop_mark()?;
                self.push(Node::Dict(Vec::new()))?;
                self.set(members)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.count(2)?;
                self.set(vec![key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set(items)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.count(1)?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(items)?;
            }
            b'q' => {
                let key = self.number(1)? as u32;
                self.remember(key)?;
            }
            b'r' => {
                let key = self.number(4)? as u32;
                self.remember(key)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let key = self.number(1)?;
                self.recall(key)?;
            }
            b'j' => {
                let key = self.number(4)?;
                self.recall(key)?;
            }
            b'c' => {
                let module = self.line()?;
                let name = self.line()?;
                self.global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Node::Text(module), Node::Text(name)) = (&self.nodes[module as usize], &self.nodes[name as usize]) else {
                    return Err("a class has no name".into());
                };
                self.global(module.clone(), name.clone())?;
            }
            b'R' | 0x81 => self.reduce()?,
            b'b' => self.build()?,
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id))?;
            }
            _ => return Err(format!("it holds opcode 0x{op:02x}, which tensors do not need")),
        }
        Ok(None)
    }

    fn integer(&mut self, bytes: usize, signed: bool) -> Result<(), String> {
        let value = self.number(bytes)?;
        let spare = 64 - 8 * bytes as u32;
        let value = if bytes == 0 {
            0
        } else if signed {
            (value << spare) as i64 >> spare
        } else {
            value as i64
        };
        self.push(Node::Int(value))
    }

    fn words(&mut self, length_bytes: usize) -> Result<(), String> {
        let range = self.counted(length_bytes)?;
        self.push(Node::Text(range))
    }
}
