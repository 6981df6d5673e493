//! One clip's world: what stands where, made of what, lit how, seen from where, and how it moves.

mod layout;
mod motion;
mod stage;
mod view;

use crate::{
    dice::Dice,
    kind::Kind,
    material::{self, Use},
    model::{Model, Part},
    picture::Pictures,
    sky::Sky,
    stock::Stock,
};
use glam::{Affine3A, Vec3};
use motion::Motion;
use relight_file::Result;
use relight_gbuffer::Camera;
use relight_light::Light;
use relight_trace::{Instance, Material, Scene};
use std::sync::Arc;
use view::View;

/// Share of worlds that become backdrops, drawn apart from the other kinds so that the rest stay what they were.
const BACKDROPS: f32 = 0.2;

/// Share of worlds where a person or an animal is one of the things, drawn apart as well: footage is full of them, and to a network that knows things alone an
/// arm is of copper.
const LIVING: f32 = 0.2;

/// Share of single things, and of things among others, that have a zone of something else on each of their materials. Without it a single thing was too
/// uniform: the best constant albedo had a median of 20.2 dB (that of Cycles scenes 17), metallic a spread of .10 within a thing (.22).
const ZONED: [f32; 2] = [0.6, 0.2];

/// A thing that stands in the world.
pub(crate) struct Body {
    parts: Vec<Part>,
    /// Index of the world's material, by part.
    materials: Vec<usize>,
    /// Model space to world space in frame 0.
    pose: Affine3A,
}

/// A map and its turning.
struct Lamp {
    sky: Arc<Sky>,
    /// Radians in frame 0, and added each frame.
    yaw: f32,
    turn: f32,
}

/// Everything that a clip is rendered from.
pub(crate) struct World {
    /// What it shows.
    pub kind: Kind,
    materials: Vec<Material>,
    fixed: Vec<Instance>,
    bodies: Vec<Body>,
    view: View,
    motion: Motion,
    lamps: Vec<Lamp>,
}

/// Lights a clip.
pub(crate) const LIGHTS: usize = 2;

impl World {
    /// The world of a seed, a clip and an attempt, for `frames` frames; of any kind where none is asked for.
    ///
    /// # Errors
    /// A model that cannot be read.
    pub fn new([seed, clip, attempt]: [u64; 3], kind: Option<Kind>, frames: usize, stock: &Stock) -> Result<Self> {
        let mut dice = Dice::new(&[seed, clip, attempt]);
        let standing = [Kind::Objects, Kind::Scenes, Kind::Rooms][dice.weighted(&[0.34, 0.33, 0.33])];
        let hanging = Dice::new(&[seed, clip, attempt, 1]).chance(BACKDROPS);
        let kind = kind.unwrap_or(if hanging { Kind::Backdrops } else { standing });
        let mut world = Self {
            kind,
            materials: Vec::new(),
            fixed: Vec::new(),
            bodies: Vec::new(),
            view: View::default(),
            motion: Motion::any(&mut dice, kind),
            lamps: Vec::new(),
        };
        let mut models = layout::models(&mut dice.split(), kind, &stock.pool)?;
        let mut life = Dice::new(&[seed, clip, attempt, 3]);
        let living = life.chance(LIVING).then(|| life.index(models.len()));
        if let Some(index) = living {
            models[index] = Model::living(&mut life);
        }
        let spots = layout::place(&mut dice.split(), kind, &models);
        // Drawn apart, too: what has no zones stays what it was.
        let mut zones = Dice::new(&[seed, clip, attempt, 2]);
        for (index, (model, pose)) in models.into_iter().zip(spots).enumerate() {
            let half = model.half;
            let body = world.dressed(&mut dice.split(), model, pose, &stock.pictures);
            world.bodies.push(body);
            if zones.chance(ZONED[usize::from(kind != Kind::Objects)]) && living != Some(index) {
                world.zone(&mut zones.split(), index, half, &stock.pictures);
            }
        }
        let points: Vec<_> = world.bodies.iter().flat_map(Body::sample).collect();
        world.view = View::framing(&mut dice.split(), kind, &points, frames, &mut world.motion);
        match kind {
            Kind::Objects => {}
            Kind::Scenes | Kind::Rooms => stage::build(&mut dice.split(), &mut world, &points, frames, &stock.pictures),
            Kind::Backdrops => stage::hang(&mut dice.split(), &mut world, &points, frames, &stock.pictures),
        }
        world.lamps = (0..LIGHTS).map(|_| Lamp { sky: stock.maps.choose(&mut dice, seed, clip), yaw: dice.angle(), turn: 0.0 }).collect();
        let turning = world.motion == Motion::Light;
        for (index, lamp) in world.lamps.iter_mut().enumerate() {
            let turn = dice.range(4.0, 50.0f32).to_radians() * if dice.chance(0.5) { 1.0 } else { -1.0 };
            lamp.turn = if turning && (index == 0 || dice.chance(0.5)) { turn } else { 0.0 };
        }
        Ok(world)
    }

    /// Gives every slot of a model its material; half of the models have metal in one slot or more.
    fn dressed(&mut self, dice: &mut Dice, model: Model, pose: Affine3A, pictures: &Pictures) -> Body {
        let metallic = dice.chance(0.5);
        let shining = dice.index(model.slots.max(1));
        let keep = dice.chance(0.7);
        // Models with many slots repeat a few materials, as real things do.
        let palette = dice.count(2, 6);
        let mut made: Vec<usize> = Vec::new();
        let slots: Vec<usize> = (0..model.slots)
            .map(|slot| {
                let own = model.parts.iter().find(|p| p.slot == slot).and_then(|p| p.own.clone());
                if let Some(own) = own.filter(|_| keep) {
                    self.materials.push(own);
                } else if made.len() >= palette && slot != shining {
                    return made[dice.index(made.len())];
                } else {
                    let metal = metallic && (slot == shining || dice.chance(0.25));
                    self.materials.push(material::any(dice, Use::Part { half: model.half, metal }, pictures));
                }
                made.push(self.materials.len() - 1);
                self.materials.len() - 1
            })
            .collect();
        let materials = model.parts.iter().map(|p| slots[p.slot]).collect();
        Body { parts: model.parts, materials, pose }
    }

    /// Puts zones of one or two other materials, half of the time one of metal, on what a thing is made of.
    fn zone(&mut self, dice: &mut Dice, thing: usize, half: Vec3, pictures: &Pictures) {
        let metal = dice.chance(0.5);
        let others: Vec<Material> =
            (0..dice.count(1, 2)).map(|k| material::any(dice, Use::Part { half, metal: metal && k == 0 }, pictures)).collect();
        let own: Vec<usize> = self.materials_of(thing).collect();
        for slot in own {
            for other in &others {
                self.materials[slot] = material::zoned(dice, half, &self.materials[slot], other);
            }
        }
    }

    /// The scene of a frame.
    pub fn scene(&self, frame: usize) -> Scene {
        let mut instances = self.fixed.clone();
        for (index, body) in self.bodies.iter().enumerate() {
            let pose = self.motion.body(index, frame) * body.pose;
            for (part, material) in body.parts.iter().zip(&body.materials) {
                instances.push(Instance { mesh: part.mesh.clone(), material: *material, to_world: pose });
            }
        }
        Scene { instances, materials: self.materials.clone() }
    }

    /// How many things stand in it.
    pub fn things(&self) -> usize {
        self.bodies.len()
    }

    /// The materials of a thing, which no other has.
    pub fn materials_of(&self, thing: usize) -> impl Iterator<Item = usize> {
        let mut all = self.bodies[thing].materials.clone();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// The materials of every thing.
    pub fn own(&self) -> Vec<Vec<usize>> {
        (0..self.things()).map(|thing| self.materials_of(thing).collect()).collect()
    }

    /// The material of the ground and of each wall.
    pub fn stage(&self) -> Vec<Vec<usize>> {
        self.fixed.iter().map(|i| vec![i.material]).collect()
    }

    /// The scene of a frame with some of its things, with or without what they stand on and before.
    pub fn only(&self, frame: usize, stage: bool, keep: impl Fn(usize) -> bool) -> Scene {
        let mut scene = self.scene(frame);
        let mut owners: Vec<Option<usize>> = vec![None; self.fixed.len()];
        owners.extend(self.bodies.iter().enumerate().flat_map(|(k, body)| body.parts.iter().map(move |_| Some(k))));
        let mut owner = owners.into_iter();
        scene.instances.retain(|_| owner.next().flatten().map_or(stage, &keep));
        scene
    }

    /// The camera of a frame.
    pub fn camera(&self, frame: usize) -> Camera {
        self.view.camera(frame, &self.motion)
    }

    /// The lights of a frame, each at exposure 1.
    pub fn lights(&self, frame: usize) -> Vec<Light> {
        self.lamps.iter().map(|l| Light { map: l.sky.map.clone(), yaw: l.yaw + l.turn * frame as f32, exposure: 1.0 }).collect()
    }

    /// Each light's map, with its analytic shader.
    pub fn skies(&self) -> impl Iterator<Item = &Sky> {
        self.lamps.iter().map(|l| &*l.sky)
    }
}

impl Body {
    fn sample(&self) -> Vec<glam::Vec3> {
        let model = Model { parts: self.parts.clone(), slots: 0, half: glam::Vec3::ONE };
        model.sample(self.pose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_a_fifth_of_the_worlds_have_a_living_thing() {
        let stock = Stock::default();
        // Without files only living things bring materials of their own.
        let lives = |clip: &u64| {
            let world = World::new([7, *clip, 0], Some(Kind::Objects), 1, &stock).expect("no file is read");
            world.bodies.iter().any(|body| body.parts.iter().any(|part| part.own.is_some()))
        };
        let living = (0..60).filter(lives).count();
        assert!((5..=20).contains(&living), "{living} of 60");
    }
}
