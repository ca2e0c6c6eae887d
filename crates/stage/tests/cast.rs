//! The cast: every row builds, bodies stand and walk on the ground, groups keep their distance.

use std::collections::BTreeMap;

use film::{CastMember, Id, Quality, ShotOrder, Storyboard};
use glam::Vec3;
use stage::cast::{Cast, Performer, SkinnedVertex};
use stage::motion::{Act, Clip, Ensemble, Gaze, Ground, Root};

fn member(kind: &str, count: u32) -> CastMember {
    CastMember {
        id: Id::new("them").unwrap(),
        name: kind.into(),
        kind: kind.into(),
        count,
        appearance: BTreeMap::new(),
        spans: vec![],
        sources: BTreeMap::new(),
        extra: BTreeMap::new(),
    }
}

fn one(cast: &Cast, kind: &str) -> Performer {
    cast.performers(0, &member(kind, 1), 7, 1).unwrap().remove(0)
}

fn order(kind: &str, count: u32, action: &str) -> ShotOrder {
    let mut board = Storyboard::example();
    board.cast[0].kind = kind.into();
    board.cast[0].name = kind.into();
    board.cast[0].count = count;
    board.cast[0].appearance = BTreeMap::new();
    let shot = &mut board.scenes[0].shots[0];
    shot.beats[0].action = action.into();
    shot.beats[0].text = action.into();
    let id = shot.id.clone();
    ShotOrder::new(&board, &id, Quality::Draft).unwrap()
}

fn act<'a>(
    p: &Performer,
    clip: Clip,
    time_s: f64,
    root: &'a dyn Fn(f64) -> Root,
    ground: &'a dyn Ground,
) -> Act<'a> {
    let speed_mps = p.cycle(clip).speed_mps;
    Act { clip, time_s, speed_mps, phase: p.phase(), gaze: Gaze::default(), size: p.size(), root, ground }
}

#[test]
fn every_species_builds_sound_and_of_its_size() {
    let cast = Cast::load().unwrap();
    for name in cast.species().names() {
        let p = one(&cast, &name);
        let mesh = p.mesh();
        assert!(
            mesh.vertices.len() > 1500 && mesh.vertices.len() < 60_000,
            "{name}: {}",
            mesh.vertices.len()
        );
        assert!(mesh.joints <= 256);
        for v in &mesh.vertices {
            assert!(v.position.iter().chain(&v.normal).chain(&v.comb).all(|x| x.is_finite()), "{name}");
            assert_eq!(v.weights.iter().map(|w| u32::from(*w)).sum::<u32>(), 255, "{name}");
            assert!(v.joints.iter().all(|j| usize::from(*j) < mesh.joints), "{name}");
        }
        assert!(mesh.indices.iter().all(|i| (*i as usize) < mesh.vertices.len()));
        let size = mesh.bounds().size();
        assert!(size.max_element() > 0.2 && size.max_element() < 20.0, "{name}: {size}");
        for clip in Clip::ALL {
            let root = |_: f64| Root::default();
            let flat = |_: f32, _: f32| 0.0;
            let pose = p.pose(&act(&p, clip, 1.3, &root, &flat));
            assert!(pose.joints.iter().all(|m| m.is_finite()), "{name} {clip:?}");
        }
    }
}
