//! What hangs together.

/// The pixels beside one: left, right, above, below, as far as there are any.
pub(crate) fn sides(place: usize, width: usize, height: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (place % width, place / width);
    [(x > 0).then(|| place - 1), (x + 1 < width).then_some(place + 1), (y > 0).then(|| place - width), (y + 1 < height).then_some(place + width)]
        .into_iter()
        .flatten()
}

/// The connected areas of the pixels that are `open` (`width·height` of them), each as its places; pixels hang together by their sides.
pub fn areas(width: usize, height: usize, mut open: Vec<bool>) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for start in 0..open.len() {
        if !std::mem::take(&mut open[start]) {
            continue;
        }
        let (mut area, mut at) = (vec![start], 0);
        while at < area.len() {
            area.extend(sides(area[at], width, height).filter(|side| std::mem::take(&mut open[*side])));
            at += 1;
        }
        found.push(area);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_join_by_sides_and_not_by_corners_or_over_the_edge() {
        let picture = ["##..", "#..#", "..##", "#..."];
        let open = picture.iter().flat_map(|row| row.chars().map(|c| c == '#')).collect();
        let mut found = areas(4, 4, open);
        found.iter_mut().for_each(|area| area.sort_unstable());
        assert_eq!(found, [vec![0, 1, 4], vec![7, 10, 11], vec![12]]);
        assert!(areas(0, 0, Vec::new()).is_empty());
    }
}
