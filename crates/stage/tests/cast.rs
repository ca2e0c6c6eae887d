//! The cast: every row builds, bodies stand and walk on the ground, groups keep their distance.

use std::collections::BTreeMap;

use film::{CastMember, Id, Quality, ShotOrder, Storyboard};
use glam::{Vec2, Vec3};
use stage::cast::{Cast, Performer, Surface};
use stage::motion::verbs::Verbs;
use stage::motion::{Act, Clip, Ensemble, Gaze, Ground, Root};

fn member(kind: &str, count: u32) -> CastMember {
    CastMember {
        id: Id::new("them").expect("a valid id"),
        name: kind.into(),
        kind: kind.into(),
        count,
        appearance: BTreeMap::new(),
        model: None,
        spans: vec![],
        sources: BTreeMap::new(),
        extra: BTreeMap::new(),
    }
}

fn one(cast: &Cast, kind: &str) -> Performer {
    cast.performers(0, &member(kind, 1), 7, 1).expect("a sound row").remove(0)
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
    ShotOrder::new(&board, &id, Quality::Draft).expect("the shot is in the board")
}

fn act<'a>(
    p: &Performer,
    clip: Clip,
    time_s: f64,
    root: &'a dyn Fn(f64) -> Root,
    ground: &'a dyn Ground,
) -> Act<'a> {
    let speed_mps = p.cycle(clip).speed_mps;
    Act {
        clip,
        time_s,
        since_s: time_s as f32,
        speed_mps,
        phase: p.phase(),
        gaze: Gaze::default(),
        size: p.size(),
        root,
        ground,
        aboard: None,
        carry: None,
        blown_out_s: None,
    }
}

#[test]
fn giants_are_giants_and_what_is_tiny_is_tiny() {
    let cast = Cast::load().expect("sound tables");
    let tall = |size: &str, kind: &str| {
        let mut member = member(kind, 1);
        member.name = format!("{size} {kind}");
        member.appearance.insert("size".into(), size.into());
        cast.performers(0, &member, 7, 1).expect("a sound row")[0].height_m()
    };
    assert!(tall("giant", "duck") > 2.0, "{}", tall("giant", "duck"));
    assert!(tall("giant", "robot") > 8.0, "{}", tall("giant", "robot"));
    assert!(tall("tiny", "elephant") < 0.6, "{}", tall("tiny", "elephant"));
    assert!(tall("giant", "panda") < 1.5, "a giant panda is as large as pandas are");
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
            assert!(v.position.iter().chain(&v.normal).chain(&v.comb).copied().all(f32::is_finite), "{name}");
            assert_eq!(v.weights.iter().map(|w| u32::from(*w)).sum::<u32>(), 255, "{name}");
            assert!(v.joints.iter().all(|j| usize::from(*j) < mesh.joints), "{name}");
        }
        assert!(mesh.indices.iter().all(|i| (*i as usize) < mesh.vertices.len()));
        let size = mesh.bounds().size();
        assert!(size.max_element() > 0.2 && size.max_element() < 20.0, "{name}: {size}");
        let open = openness(&p);
        assert!(open < 0.05, "{name} is not closed: {open}");
        for clip in Clip::ALL {
            let root = |_: f64| Root::default();
            let flat = |_: f32, _: f32| 0.0;
            let pose = p.pose(&act(&p, clip, 1.3, &root, &flat));
            assert!(pose.joints.iter().all(glam::Mat4::is_finite), "{name} {clip:?}");
        }
    }
}

/// How far from closed the soft body is: the area vectors of a closed surface sum to nothing.
fn openness(p: &Performer) -> f32 {
    let mesh = p.mesh();
    let (mut sum, mut total) = (Vec3::ZERO, 0.0);
    for part in mesh.parts_of(Surface::Fur).chain(mesh.parts_of(Surface::Hide)) {
        for t in mesh.indices[part.indices.start as usize..part.indices.end as usize].chunks(3) {
            let [a, b, c] = [0, 1, 2].map(|k| Vec3::from(mesh.vertices[t[k] as usize].position));
            let area = (b - a).cross(c - a);
            sum += area;
            total += area.length();
        }
    }
    sum.length() / total
}

#[test]
fn every_person_and_role_is_dressed_and_of_human_size() {
    let cast = Cast::load().unwrap();
    for name in cast.people() {
        let p = one(&cast, &name.replace('_', " "));
        assert!(p.is_person(), "{name}");
        let eyes = p.eye_height_m();
        assert!(eyes > 0.7 && eyes < 1.95, "{name}: eyes at {eyes} m");
        let mesh = p.mesh();
        for surface in [Surface::Skin, Surface::Eye, Surface::Cloth, Surface::Leather] {
            assert!(mesh.parts_of(surface).next().is_some(), "{name} has no {surface:?}");
        }
        assert!(mesh.vertices.len() < 60_000, "{name}: {}", mesh.vertices.len());
        for v in &mesh.vertices {
            assert!(v.position.iter().chain(&v.normal).copied().all(f32::is_finite), "{name}");
        }
    }
}

/// Walks a body over a slope and round a bend; returns the worst slide in metres between frames of one planted foot,
/// the deepest sink and the highest float of a planted foot.
fn walk(p: &Performer, clip: Clip) -> (f32, f32, f32) {
    let cycle = p.cycle(clip);
    let v = cycle.speed_mps;
    let root = |t: f64| {
        let bend = 0.05;
        let s = v * t as f32;
        let at = Vec2::new((1.0 - (s * bend).cos()) / bend, (s * bend).sin() / bend);
        Root { at, heading: s * bend, altitude_m: 0.0 }
    };
    let slope = |x: f32, z: f32| 0.06 * z + 0.03 * (x * 0.4).sin();
    let frames = 60;
    let (mut slide, mut sink, mut float) = (0.0f32, 0.0f32, 0.0f32);
    let toes = p.toes();
    let mut before: Vec<Vec3> = vec![];
    for k in 0..frames * 2 {
        let time = f64::from(cycle.period_s) * f64::from(k) / f64::from(frames);
        let pose = p.pose(&act(p, clip, time, &root, &slope));
        let now: Vec<Vec3> =
            toes.iter().map(|(joint, at)| pose.joints[*joint].transform_point3(*at)).collect();
        for (i, (a, b)) in before.iter().zip(&now).enumerate() {
            let lands = |frame: i32| {
                let position = (frame as f32 / frames as f32 + p.phase()).rem_euclid(1.0);
                let legs = if p.is_person() { i / 2 } else { i };
                (position - cycle.lands[legs.min(3)]).rem_euclid(1.0) / cycle.duty
            };
            // The middle of the stance: before it the heel rolls down, after it the toes roll off.
            let (x, y) = (lands(k - 1), lands(k));
            if x < 0.2 || y > 0.5 || y < x {
                continue;
            }
            slide = slide.max(Vec2::new(b.x - a.x, b.z - a.z).length());
            let over = b.y - slope(b.x, b.z);
            let own = if p.is_person() { 0.0 } else { toes[i].1.y * p.size() };
            sink = sink.max(own - over);
            float = float.max(over - own);
        }
        before = now;
    }
    (slide, sink, float)
}

#[test]
fn planted_feet_neither_slide_nor_sink() {
    let cast = Cast::load().unwrap();
    for kind in [
        "mammoth",
        "horse",
        "dog",
        "cat",
        "bear",
        "giraffe",
        "deer",
        "dragon",
        "pig",
        "gorilla",
        "monkey",
        "crocodile",
        "robot",
        "man",
        "old woman",
        "boy",
    ] {
        let p = one(&cast, kind);
        let (slide, sink, float) = walk(&p, Clip::Walk);
        assert!(slide < 0.01, "{kind} slides {:.1} mm a frame", slide * 1e3);
        assert!(sink < 0.02, "{kind} sinks {:.1} mm", sink * 1e3);
        assert!(float < 0.03, "{kind} floats {:.1} mm", float * 1e3);
    }
}

/// On all fours the toes and the palms stay where they were put, and neither knees nor hands are in the ground.
#[test]
fn crawling_hands_and_knees_stay_where_they_were_put() {
    let cast = Cast::load().unwrap();
    for kind in ["man", "baby", "girl"] {
        let p = one(&cast, kind);
        let cycle = p.cycle(Clip::Crawl);
        let root = |t: f64| Root { at: Vec2::new(0.0, cycle.speed_mps * t as f32), ..Root::default() };
        let flat = |_: f32, _: f32| 0.0;
        let tall = p.mesh().bounds().size().y * p.size();
        let mut vertices = vec![];
        for k in 0..24 {
            let time = f64::from(cycle.period_s) * f64::from(k) / 24.0;
            p.mesh().skin(&p.pose(&act(&p, Clip::Crawl, time, &root, &flat)), &mut vertices);
            let heights = vertices.iter().map(|v| v.position[1]);
            let (low, high) = heights.fold((f32::MAX, f32::MIN), |(low, high), y| (low.min(y), high.max(y)));
            assert!(low > -0.05 * tall, "{kind} sinks {:.0} mm", -low * 1e3);
            assert!(low < 0.03 * tall && high < 0.68 * tall, "{kind}: {low} to {high} of {tall}");
        }
        let (slide, ..) = walk(&p, Clip::Crawl);
        assert!(slide < 0.01, "{kind} slides {:.1} mm a frame", slide * 1e3);
    }
}

#[test]
fn a_herd_keeps_its_distance_and_follows_its_leader() {
    let cast = Cast::load().unwrap();
    for (kind, count) in [("mammoth", 5), ("sheep", 14), ("people", 24), ("wolf", 3)] {
        let herd = Ensemble::new(&cast, &order(kind, count, "walk")).unwrap();
        assert_eq!(herd.performers().len(), count as usize);
        for t in [0.0, 2.5] {
            let roots: Vec<Root> = (0..herd.performers().len()).map(|i| herd.root(i, t)).collect();
            for i in 0..roots.len() {
                for j in 0..i {
                    let d = roots[i].local(Vec3::new(roots[j].at.x, 0.0, roots[j].at.y));
                    let half = |k: usize| Vec2::from(herd.performers()[k].footprint_m());
                    let both = half(i) + half(j);
                    let apart = Vec2::new(d.x / both.x, d.z / both.y).length();
                    assert!(apart > 0.9, "{kind} {i} and {j} overlap: {apart}");
                }
            }
            assert!(
                roots[1..].iter().all(|r| roots[0].local(Vec3::new(r.at.x, 0.0, r.at.y)).z < 0.3),
                "{kind}"
            );
        }
        let (a, b) = (herd.root(0, 0.0), herd.root(0, 1.0));
        assert!(b.at.y > a.at.y, "they come nearer");
    }
}

/// The line between two people keeps its sides from shot to shot, whatever the seeds and the order of the cast.
#[test]
fn people_stand_on_their_sides_and_face_as_the_storyboard_says() {
    let cast = Cast::load().unwrap();
    for seed in 1..8u64 {
        for (left, right) in [("woman", "man"), ("man", "woman")] {
            let mut order = order("woman", 1, "stand");
            order.shot.seed = film::Seed::new(seed).unwrap();
            order.cast = [("woman", "woman"), ("man", "man")]
                .map(|(id, kind)| CastMember { id: Id::new(id).unwrap(), ..member(kind, 1) })
                .to_vec();
            order.shot.beats.clear();
            let presence = |who: &str, side, facing| film::Presence {
                who: Id::new(who).unwrap(),
                side,
                facing,
                wearing: vec![],
                holding: vec![],
                extra: BTreeMap::new(),
            };
            order.shot.continuity = vec![
                presence(left, film::Side::Left, film::Facing::Right),
                presence(right, film::Side::Right, film::Facing::Left),
            ];
            let ensemble = Ensemble::new(&cast, &order).unwrap();
            let root = |id: &str| {
                let member = order.cast.iter().position(|m| m.id.as_str() == id).unwrap();
                let index = ensemble.performers().iter().position(|p| p.member() == member).unwrap();
                ensemble.root(index, 1.0)
            };
            let (a, b) = (root(left), root(right));
            assert!(b.at.x - a.at.x > 0.5, "seed {seed}: {left} at {}, {right} at {}", a.at.x, b.at.x);
            assert!(
                a.heading.sin() > 0.1 && b.heading.sin() < -0.1,
                "seed {seed}: {} {}",
                a.heading,
                b.heading
            );
        }
    }
}

#[test]
fn the_same_order_gives_the_same_bytes() {
    let make = || {
        let cast = Cast::load().unwrap();
        let flat = |_: f32, _: f32| 0.0;
        let herd = Ensemble::new(&cast, &order("wolf", 3, "run")).unwrap();
        let couple = Ensemble::new(&cast, &order("woman", 1, "wave")).unwrap();
        let mut out = vec![];
        for ensemble in [&herd, &couple] {
            for i in 0..ensemble.performers().len() {
                let mut skinned = vec![];
                ensemble.performers()[i].mesh().skin(&ensemble.pose(i, 1.25, &flat), &mut skinned);
                out.extend(skinned.iter().flat_map(|v| v.position.map(f32::to_bits)));
            }
        }
        out
    };
    assert!(make() == make());
}

#[test]
fn every_verb_moves_every_sort_of_body() {
    let cast = Cast::load().unwrap();
    let flat = |_: f32, _: f32| 0.0;
    let verbs = Verbs::load().unwrap();
    for kind in ["dog", "crow", "shark", "man", "dragon", "snake", "butterfly", "octopus", "robot"] {
        for verb in verbs.words() {
            let ensemble = Ensemble::new(&cast, &order(kind, 1, verb)).unwrap();
            for t in [-0.3, 0.0, 1.7, 4.0] {
                let pose = ensemble.pose(0, t, &flat);
                assert!(pose.joints.iter().all(glam::Mat4::is_finite), "{kind} {verb}");
                let b = ensemble.performer_bounds(0, t, &flat);
                assert!(!b.is_empty() && b.max.abs().max_element() < 400.0, "{kind} {verb} {b:?}");
            }
        }
    }
}

#[test]
fn unknown_kinds_fall_back_or_are_missing() {
    let cast = Cast::load().unwrap();
    assert!(!one(&cast, "timber wolves").is_person());
    assert!(!one(&cast, "reindeer").is_person());
    let ensemble = Ensemble::new(&cast, &order("frobnicator", 1, "stand")).unwrap();
    assert!(ensemble.performers().is_empty());
    assert_eq!(ensemble.missing().len(), 1);
    assert!(ensemble.bounds(0.0, None, &|_: f32, _: f32| 0.0).is_empty());
}

/// Two members of the cast, and one beat of the first.
fn with_thing(who: &str, action: &str, what: &str, text: &str) -> ShotOrder {
    let mut order = order(who, 1, action);
    order.shot.beats[0].what = vec![what.into()];
    order.shot.beats[0].text = text.into();
    order
}

#[test]
fn every_thing_is_shown_and_moves_with_every_verb() {
    let mut cast = Cast::load().unwrap();
    let flat = |_: f32, _: f32| 0.0;
    for kind in cast.things() {
        for verb in ["drive", "fly", "stand", "rise", "float"] {
            let ensemble = Ensemble::new(&cast, &order(&kind, 1, verb)).unwrap();
            assert_eq!(ensemble.performers().len(), 1, "{kind}");
            for t in [-0.3, 0.0, 1.7, 4.0] {
                let pose = ensemble.pose(0, t, &flat);
                assert!(pose.joints.iter().all(glam::Mat4::is_finite), "{kind} {verb}");
                assert!(pose.joints.len() == ensemble.performers()[0].mesh().joints, "{kind}");
            }
        }
    }
    assert!(cast.import("x.glb", b"glTF").is_err());
}

#[test]
fn wheels_turn_by_the_way_and_what_is_red_is_red() {
    let cast = Cast::load().unwrap();
    let flat = |_: f32, _: f32| 0.0;
    let ensemble = Ensemble::new(&cast, &order("car", 1, "drive")).unwrap();
    let [a, b] = [1.0, 1.04].map(|t| (ensemble.root(0, t), ensemble.pose(0, t, &flat)));
    let way = (b.0.at - a.0.at).length();
    assert!(way > 0.1, "{way}");
    // A point of a wheel's rim, seen from the car, went as far as the car.
    let local = |pose: &stage::cast::Pose, joint: usize, p: Vec3| {
        (pose.joints[0].inverse() * pose.joints[joint]).transform_point3(p)
    };
    let rims = (1..ensemble.performers()[0].mesh().joints).map(|joint| {
        let axle = [1.34f32, -1.32].map(|z| Vec3::new(0.0, 0.33, z));
        axle.iter()
            .filter(|c| (local(&a.1, joint, **c) - **c).length() < 1e-3)
            .map(|c| {
                local(&a.1, joint, *c + Vec3::Y * 0.33).distance(local(&b.1, joint, *c + Vec3::Y * 0.33))
            })
            .fold(0.0, f32::max)
    });
    let turned = rims.fold(0.0, f32::max);
    assert!((turned - way).abs() < 0.12 * way, "{turned} {way}");
    let mut member = member("car", 1);
    member.appearance.insert("colour".into(), "red".into());
    let red = cast.performers(0, &member, 7, 1).unwrap().remove(0);
    let reds = red.mesh().vertices.iter().filter(|v| v.colour[0] > 150 && v.colour[1] < 100).count();
    assert!(reds > 1000, "{reds}");
}

#[test]
fn riders_sit_where_the_seat_is_and_hands_hold() {
    let cast = Cast::load().unwrap();
    let flat = |_: f32, _: f32| 0.0;
    let ride =
        Ensemble::new(&cast, &with_thing("woman", "ride", "bicycle", "a woman rides a red bicycle")).unwrap();
    assert_eq!(ride.performers().len(), 2);
    for t in [0.0, 1.3, 3.0] {
        let (rider, bicycle) = (ride.performer_bounds(0, t, &flat), ride.performer_bounds(1, t, &flat));
        assert!((rider.centre() - bicycle.centre()).with_y(0.0).length() < 0.8, "{rider:?} {bicycle:?}");
        assert!(rider.max.y > 1.3 && rider.max.y < 2.1, "{rider:?}");
    }
    assert!(ride.root(1, 2.0).at.distance(ride.root(1, 0.0).at) > 3.0);
    let hold =
        Ensemble::new(&cast, &with_thing("child", "hold", "balloon", "a child holds a balloon")).unwrap();
    let (child, balloon) = (hold.performer_bounds(0, 1.0, &flat), hold.performer_bounds(1, 1.0, &flat));
    assert!(balloon.min.y > 0.4 && balloon.min.y < child.max.y, "{child:?} {balloon:?}");
    assert!((child.centre() - balloon.centre()).with_y(0.0).length() < 0.9);
    // What is only looked at stands by itself.
    let look =
        Ensemble::new(&cast, &with_thing("child", "look", "balloon", "a child looks at a balloon")).unwrap();
    assert!((look.root(0, 1.0).at - look.root(1, 1.0).at).length() > 0.3);
}

#[test]
fn a_boat_floats_and_a_candle_stands_on_the_table() {
    struct Lake;
    impl stage::motion::Ground for Lake {
        fn height_m(&self, _: f32, z: f32) -> f32 {
            1.0 + 0.2 * z
        }
        fn water_m(&self) -> Option<f32> {
            Some(0.0)
        }
    }
    let cast = Cast::load().unwrap();
    let sail = Ensemble::on(&cast, &order("sailing boat", 1, "sail"), &Lake).unwrap();
    for t in [0.0, 2.0, 4.0] {
        let bounds = sail.performer_bounds(0, t, &Lake);
        assert!(bounds.min.y < -0.3 && bounds.min.y > -2.5, "{bounds:?}");
        let at = sail.root(0, t).at;
        assert!(1.0 + 0.2 * at.y < bounds.min.y, "the keel is free: {at} {bounds:?}");
    }
    let flat = |_: f32, _: f32| 0.0;
    let burn =
        Ensemble::new(&cast, &with_thing("candle", "burn", "table", "a candle burns on a table")).unwrap();
    let (candle, table) = (burn.performer_bounds(0, 1.0, &flat), burn.performer_bounds(1, 1.0, &flat));
    assert!((candle.min.y - 0.75).abs() < 0.02, "{candle:?}");
    assert!(table.min.x < candle.min.x && table.max.x > candle.max.x, "{table:?}");
}

#[test]
fn words_of_the_appearance_change_the_body() {
    let cast = Cast::load().unwrap();
    let with = |kind: &str, key: &str, value: &str| {
        let mut m = member(kind, 1);
        m.appearance.insert(key.into(), value.into());
        cast.performers(0, &m, 7, 1).unwrap().remove(0)
    };
    assert!(with("mammoth", "size", "giant").height_m() > one(&cast, "mammoth").height_m() * 1.3);
    assert!(with("horse", "age", "young").height_m() < one(&cast, "horse").height_m() * 0.9);
    let red = |p: &Performer| {
        let cloth: Vec<u32> =
            p.mesh().parts_of(Surface::Cloth).flat_map(|part| part.indices.clone()).collect();
        let is_red = |i: &u32| {
            let c = p.mesh().vertices[p.mesh().indices[*i as usize] as usize].colour;
            f32::from(c[0]) > 1.6 * f32::from(c[1])
        };
        cloth.iter().filter(|i| is_red(i)).count() as f32 / cloth.len() as f32
    };
    assert!(red(&with("woman", "clothes", "a red dress")) > 0.4);
    assert!((with("man", "age", "old").eye_height_m() - one(&cast, "man").eye_height_m()).abs() > 1e-3);
}

#[test]
fn fire_is_breathed_by_those_who_can_and_only_when_told() {
    let cast = Cast::load().unwrap();
    let flat = |_: f32, _: f32| 0.0;
    let long = |kind: &str, text: &str| {
        let mut order = order(kind, 1, "breathe");
        order.shot.beats[0].text = text.into();
        let ensemble = Ensemble::new(&cast, &order).unwrap();
        let mut skinned = vec![];
        let sizes = (0..12).map(|k| {
            let pose = ensemble.pose(0, f64::from(k) * 0.3, &flat);
            ensemble.performers()[0].mesh().skin(&pose, &mut skinned);
            let far = |v: &stage::cast::SkinnedVertex| Vec3::from(v.position);
            let (low, high) =
                skinned.iter().map(far).fold((Vec3::MAX, Vec3::MIN), |(a, b), p| (a.min(p), b.max(p)));
            (high - low).with_y(0.0).length()
        });
        sizes.fold(0.0, f32::max)
    };
    let calm = long("dragon", "a dragon breathes");
    assert!(long("dragon", "a dragon breathes fire") > calm + 2.0, "{calm}");
    assert!((long("dog", "a dog breathes fire") - long("dog", "a dog breathes")).abs() < 0.3);
}

#[test]
fn a_robot_is_made_of_metal_and_named_in_many_ways() {
    let cast = Cast::load().unwrap();
    for word in ["robot", "android", "robots", "small robot"] {
        let robot = one(&cast, word);
        assert!(robot.is_person(), "{word}");
        assert!(robot.mesh().parts_of(Surface::Skin).next().is_none(), "{word} has skin");
        assert!(
            robot.mesh().parts_of(Surface::Solid).any(|part| part.finish.glow > 1.0),
            "{word} has no lights"
        );
    }
    assert!(one(&cast, "man").mesh().parts_of(Surface::Solid).next().is_none());
}
