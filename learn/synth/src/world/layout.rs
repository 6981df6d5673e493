//! Which things there are and where they stand.

use crate::{dice::Dice, kind::Kind, model::Model, pool::Pool, shape};
use glam::{Affine3A, Quat, Vec2, Vec3};
use relight_file::Result;

/// The things of a world: one for `objects`, one to six otherwise.
///
/// # Errors
/// A model that cannot be read.
pub(crate) fn models(dice: &mut Dice, kind: Kind, pool: &Pool) -> Result<Vec<Model>> {
    let count = if kind == Kind::Objects { 1 } else { 1 + dice.weighted(&[0.08, 0.2, 0.27, 0.22, 0.14, 0.09]) };
    (0..count).map(|_| model(dice, kind, pool)).collect()
}

fn model(dice: &mut Dice, kind: Kind, pool: &Pool) -> Result<Model> {
    let has = |n: usize, weight: f32| if n > 0 { weight } else { 0.0 };
    let alone = kind == Kind::Objects;
    let weights = [
        has(pool.obj_count(), if alone { 0.55 } else { 0.5 }),
        has(pool.gltf_count(), if alone { 0.1 } else { 0.03 }),
        if alone { 0.3 } else { 0.27 },
        if alone { 0.05 } else { 0.2 },
    ];
    match dice.weighted(&weights) {
        0 => pool.obj(dice.index(pool.obj_count())),
        1 => pool.gltf(dice.index(pool.gltf_count())),
        2 => Ok(Model::procedural(&mut dice.split())),
        _ => Ok(Model::primitive(&mut dice.split())),
    }
}

/// A pose for each thing: resting on y = 0 apart from one another, a few hanging in the air; before a backdrop all hang and turn any way.
pub(crate) fn place(dice: &mut Dice, kind: Kind, models: &[Model]) -> Vec<Affine3A> {
    if kind == Kind::Objects {
        let turn = if dice.chance(0.6) { Quat::from_rotation_y(dice.angle()) } else { shape::tumble(dice) };
        return models.iter().map(|m| m.stand(turn, 1.0)).collect();
    }
    let mut taken: Vec<(Vec2, f32)> = Vec::new();
    let mut poses = Vec::new();
    for model in models {
        let scale = dice.log(0.42, 1.25);
        // Things from files mostly stand as their makers meant them to.
        let upright = model.parts[0].own.is_none() && model.parts.len() > 1;
        let turn = if upright && dice.chance(if kind == Kind::Backdrops { 0.4 } else { 0.9 }) {
            Quat::from_rotation_y(dice.angle())
        } else {
            shape::tumble(dice)
        };
        let pose = model.stand(turn, scale);
        // Distance of the farthest vertex from the axis, not of the box's corner.
        let reach = model.sample(pose).iter().map(|p| Vec2::new(p.x, p.z).length()).fold(0.05, f32::max);
        let spot = free_spot(dice, &taken, reach);
        taken.push((spot, reach));
        let lift = match kind {
            Kind::Backdrops => dice.range(0.0, 0.9),
            _ if dice.chance(0.05) => dice.range(0.1, 0.6),
            _ => 0.0,
        };
        poses.push(Affine3A::from_translation(Vec3::new(spot.x, lift, spot.y)) * pose);
    }
    poses
}

/// A place near the middle where a disc of radius `reach` touches no other; the search widens until there is one.
fn free_spot(dice: &mut Dice, taken: &[(Vec2, f32)], reach: f32) -> Vec2 {
    if taken.is_empty() {
        return Vec2::ZERO;
    }
    let mut wide = 0.3;
    loop {
        for _ in 0..12 {
            let spot = wide * Vec2::new(dice.range(-1.0, 1.0), dice.range(-1.0, 1.0));
            if taken.iter().all(|(p, r)| p.distance(spot) > r + reach + 0.02) {
                return spot;
            }
        }
        wide += 0.07;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_rest_on_the_ground_and_keep_apart() {
        for seed in 0..10 {
            let mut dice = Dice::new(&[seed]);
            let models = models(&mut dice, Kind::Scenes, &Pool::default()).unwrap();
            let poses = place(&mut dice, Kind::Scenes, &models);
            let clouds: Vec<Vec<Vec3>> = models.iter().zip(&poses).map(|(m, p)| m.sample(*p)).collect();
            for cloud in &clouds {
                let low = cloud.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
                assert!((-1e-3..0.75).contains(&low), "{seed}: {low}");
            }
            for (i, a) in clouds.iter().enumerate() {
                for b in &clouds[..i] {
                    let nearest = a.iter().flat_map(|p| b.iter().map(move |q| p.distance(*q))).fold(f32::INFINITY, f32::min);
                    assert!(nearest > 1e-3, "{seed}: {nearest}");
                }
            }
        }
    }
}
