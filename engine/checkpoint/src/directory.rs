//! The table of a zip file, as the specification tells it (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3).

/// The most members that are listed: the largest known archive has 3000.
const MOST: u64 = 50_000;
/// The end record without its comment, and the longest comment.
const END: usize = 22;
const COMMENT: usize = 65_535;

/// A member of an archive, as the table at the file's end tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    pub name: &'a [u8],
    /// Neither compressed nor encrypted.
    pub plain: bool,
    /// Bytes it takes in the file.
    size: u64,
    /// Where its own header stands.
    header: u64,
}

impl Member<'_> {
    /// Where its bytes stand in the file: behind its own header, whose name and extra fields may be longer than those of the table.
    pub fn range(&self, file: &[u8]) -> Option<std::ops::Range<usize>> {
        let header = usize::try_from(self.header).ok()?;
        let own = file.get(header..header.checked_add(30)?)?;
        own.starts_with(b"PK\x03\x04").then_some(())?;
        let start = header + 30 + usize::from(short(own, 26)?) + usize::from(short(own, 28)?);
        let end = start.checked_add(usize::try_from(self.size).ok()?)?;
        (end <= file.len()).then_some(start..end)
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// All members of an archive in the order of its table; none where there is no whole table, or one of more than 50000 members.
pub(crate) fn members(file: &[u8]) -> Option<Vec<Member<'_>>> {
    let (count, start) = table(file)?;
    // A member takes 46 bytes of the table at least, so that a small file cannot promise many.
    if count > MOST || count > file.len() as u64 / 46 {
        return None;
    }
    let mut members = Vec::with_capacity(count as usize);
    let mut at = usize::try_from(start).ok()?;
    for _ in 0..count {
        let fixed = file.get(at..at.checked_add(46)?)?;
        fixed.starts_with(b"PK\x01\x02").then_some(())?;
        let [name, extra, comment] = [28, 30, 32].map(|place| short(fixed, place).map_or(0, usize::from));
        let name = file.get(at + 46..at + 46 + name)?;
        let fields = file.get(at + 46 + name.len()..at + 46 + name.len() + extra)?;
        at += 46 + name.len() + extra + comment;
        let (size, header) = places(fixed, fields)?;
        members.push(Member { name, plain: short(fixed, 10)? == 0 && short(fixed, 8)? & 1 == 0, size, header });
    }
    Some(members)
}

/// How many members there are and where the table begins: from the end record, or from the 64-bit one where that says so.
fn table(file: &[u8]) -> Option<(u64, u64)> {
    let last = file.len().checked_sub(END)?;
    let end = (last.saturating_sub(COMMENT)..=last).rev().find(|at| {
        file[*at..].starts_with(b"PK\x05\x06") && short(file, at + 20).is_some_and(|comment| at + END + usize::from(comment) <= file.len())
    })?;
    let (count, start) = (u64::from(short(file, end + 10)?), u64::from(word(file, end + 16)?));
    if count != 0xffff && start != 0xffff_ffff {
        return Some((count, start));
    }
    let locator = end.checked_sub(20)?;
    file[locator..].starts_with(b"PK\x06\x07").then_some(())?;
    let record = usize::try_from(long(file, locator + 8)?).ok()?;
    file.get(record..)?.starts_with(b"PK\x06\x06").then_some(())?;
    Some((long(file, record.checked_add(32)?)?, long(file, record.checked_add(48)?)?))
}

/// Stored size and place of a member: 32 bits in the table, or 64 in an extra field that holds, in this order, those that did not fit of length, size and place.
fn places(fixed: &[u8], mut fields: &[u8]) -> Option<(u64, u64)> {
    let [length, size, header] = [24, 20, 42].map(|place| word(fixed, place).unwrap_or(u32::MAX));
    if [length, size, header].iter().all(|n| *n != u32::MAX) {
        return Some((u64::from(size), u64::from(header)));
    }
    while let (Some(kind), Some(bytes)) = (short(fields, 0), short(fields, 2)) {
        let body = fields.get(4..4 + usize::from(bytes))?;
        if kind == 1 {
            let mut at = 0;
            let mut wide = |narrow: u32| {
                if narrow != u32::MAX {
                    return Some(u64::from(narrow));
                }
                at += 8;
                long(body, at - 8)
            };
            wide(length)?;
            return Some((wide(size)?, wide(header)?));
        }
        fields = &fields[4 + body.len()..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An end record: so many members, the table there.
    fn end(count: u16, start: u32) -> Vec<u8> {
        let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
        bytes.extend([count, count].iter().flat_map(|n| n.to_le_bytes()));
        bytes.extend([0, start].iter().flat_map(|n: &u32| n.to_le_bytes()));
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn sizes_and_places_beyond_four_gigabytes_are_read_from_the_extra_field() {
        let mut table = b"PK\x01\x02".to_vec();
        table.resize(46, 0);
        table[20..28].fill(0xff);
        table[42..46].fill(0xff);
        let mut fields = vec![9, 0, 1, 0, 7, 1, 0, 24, 0];
        fields.extend([5_u64 << 32, 6 << 32, 7 << 32].iter().flat_map(|n| n.to_le_bytes()));
        (table[28], table[30]) = (1, fields.len() as u8);
        let file = [table.clone(), b"a".to_vec(), fields, end(1, 0)].concat();
        let found = members(&file).unwrap();
        assert_eq!(found, [Member { name: b"a", plain: true, size: 6 << 32, header: 7 << 32 }]);
        assert_eq!(found[0].range(&file), None);
        table[30] = 0;
        assert_eq!(members(&[table, b"a".to_vec(), end(1, 0)].concat()), None, "no extra field");
    }

    #[test]
    fn tables_that_cannot_be_are_refused() {
        assert_eq!(members(&end(0, 0)), Some(Vec::new()));
        for bytes in [end(9, 0), end(0xffff, 0), end(1, 4000), end(1, u32::MAX), b"PK\x05\x06".to_vec(), Vec::new()] {
            assert_eq!(members(&bytes), None);
        }
    }
}
