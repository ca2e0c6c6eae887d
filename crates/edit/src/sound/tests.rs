use super::*;
use film::{Id, Seconds, TransitionKind};

/// A film of one shot a list of beds, all in scenes of their own.
fn board(shots: &[(&[&str], f64)]) -> Storyboard {
    let mut board = Storyboard::example();
    let model = board.scenes[0].clone();
    board.scenes = shots
        .iter()
        .enumerate()
        .map(|(n, &(ambience, seconds))| {
            let mut scene = model.clone();
            scene.id = Id::new(format!("s{n}")).unwrap();
            scene.wind = None;
            scene.shots.truncate(1);
            let shot = &mut scene.shots[0];
            shot.id = Id::new(format!("s{n}-010")).unwrap();
            shot.seconds = Seconds::new(seconds).unwrap();
            shot.transition_in = film::Transition::default();
            shot.sound.ambience = ambience.iter().map(|&word| word.to_owned()).collect();
            scene
        })
        .collect();
    board
}

fn mixed(board: &Storyboard) -> Vec<f32> {
    mix(board, &Timeline::new(board))
}

fn rms_db(sound: &[f32]) -> f64 {
    let power: f64 =
        sound.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() / sound.len().max(1) as f64;
    10.0 * power.max(1e-20).log10()
}

/// The part between two times, in seconds.
fn part(sound: &[f32], from: f64, to: f64) -> &[f32] {
    &sound[(from * 48_000.0) as usize * 2..((to * 48_000.0) as usize * 2).min(sound.len())]
}

/// Mean power of the left channel around a frequency, in decibels, by Goertzel filters over short blocks.
fn power_at(sound: &[f32], hz: f64) -> f64 {
    let left: Vec<f64> = sound.iter().step_by(2).map(|&x| f64::from(x)).collect();
    let block = 1024;
    let turn = 2.0 * (std::f64::consts::TAU * hz / 48_000.0).cos();
    let powers: Vec<f64> = left
        .chunks_exact(block)
        .map(|block| {
            let (mut a, mut b) = (0.0, 0.0);
            for x in block {
                (a, b) = (x + turn * a - b, a);
            }
            a * a + b * b - turn * a * b
        })
        .collect();
    10.0 * (powers.iter().sum::<f64>() / powers.len() as f64 / (block * block) as f64).max(1e-20).log10()
}

#[test]
fn the_table_reads_and_its_words_are_unambiguous() {
    let table: Vec<Bed> = ron::from_str(include_str!("../../../../assets/sound/ambience.ron")).unwrap();
    assert!(table.len() > 20);
    let mut seen = std::collections::BTreeSet::new();
    for bed in &table {
        assert!(seen.insert(bed.name.clone()), "{} is there twice", bed.name);
    }
    for bed in &table {
        for word in &bed.words {
            assert!(seen.insert(word.clone()), "{word} means two beds");
        }
    }
    assert_eq!((bed("wind"), bed("Strong Wind "), bed("ocean")), (Some("wind"), Some("wind"), Some("sea")));
    assert_eq!((bed("a storm of rain"), bed("qwerty"), bed("")), (Some("rain"), None, None));
}

#[test]
fn every_bed_sounds_at_its_loudness_without_clipping() {
    for name in beds().filter(|&name| name != "silence") {
        let board = board(&[(&[name], 12.0)]);
        let timeline = Timeline::new(&board);
        let sound = mix(&board, &timeline);
        assert_eq!(sound.len(), 12 * 48_000 * 2);
        assert!(sound.iter().all(|x| x.is_finite()));
        let measured = measure(&sound);
        assert!(measured.peak_dbtp <= PEAK_DBTP, "{name}: {measured:?}");
        assert!((-23.0..=-20.0).contains(&measured.lufs), "{name}: {measured:?}");
        // Something is heard in every second.
        for second in 1..11 {
            let level = rms_db(part(&sound, f64::from(second), f64::from(second + 1)));
            assert!(level > -70.0, "{name} is silent in second {second}: {level:.0} dB");
        }
    }
}

#[test]
fn the_same_storyboard_gives_the_same_sound_and_another_seed_another() {
    let mut board = board(&[(&["rain", "wind"], 2.0), (&["birds"], 2.0)]);
    let sound = mixed(&board);
    assert!(sound == mixed(&board));
    board.seed = film::Seed::new(8).unwrap();
    assert!(sound != mixed(&board));
}

#[test]
fn no_ambience_is_silence() {
    for ambience in [&[][..], &["silence"], &["qwerty"]] {
        let sound = mixed(&board(&[(ambience, 3.0)]));
        assert_eq!(sound.len(), 3 * 48_000 * 2);
        assert!(sound.iter().all(|&x| x == 0.0));
    }
    let sound = mixed(&board(&[(&["wind"], 4.0), (&[], 4.0), (&["wind"], 4.0)]));
    assert!(part(&sound, 4.5, 7.5).iter().all(|&x| x == 0.0));
    assert!(rms_db(part(&sound, 1.0, 3.5)) > -40.0 && rms_db(part(&sound, 8.5, 11.0)) > -40.0);
}

#[test]
fn wind_is_dark_and_rain_is_bright() {
    let wind = mixed(&board(&[(&["wind"], 8.0)]));
    let rain = mixed(&board(&[(&["rain"], 8.0)]));
    let (low, high) = ([150.0, 250.0, 400.0], [3000.0, 4500.0, 6000.0]);
    let mean =
        |sound: &[f32], hz: &[f64]| hz.iter().map(|&hz| power_at(sound, hz)).sum::<f64>() / hz.len() as f64;
    assert!(mean(&wind, &low) > mean(&wind, &high) + 15.0);
    assert!(mean(&rain, &high) > mean(&rain, &low) + 3.0);
    let crickets = mixed(&board(&[(&["crickets"], 8.0)]));
    assert!(power_at(&crickets, 4550.0) > power_at(&crickets, 2000.0) + 12.0);
}

#[test]
fn sounds_cross_over_as_the_pictures_do() {
    let mut board = board(&[(&["rain"], 4.0), (&["wind"], 4.0)]);
    let bright = |sound: &[f32], from, to| power_at(part(sound, from, to), 5000.0);
    let cut = mixed(&board);
    assert!(bright(&cut, 3.0, 3.7) > bright(&cut, 4.3, 5.0) + 6.0);

    let set = |board: &mut Storyboard, kind| {
        board.scenes[1].shots[0].transition_in.kind = kind;
        board.scenes[1].shots[0].transition_in.seconds = 2.0;
    };
    set(&mut board, TransitionKind::Dissolve);
    let dissolve = mixed(&board);
    let (before, middle, after) =
        (bright(&dissolve, 3.0, 3.9), bright(&dissolve, 4.8, 5.2), bright(&dissolve, 6.2, 7.0));
    assert!(before > middle && middle > after + 5.0, "{before} {middle} {after}");
    // No hole in the middle: the power stays.
    assert!((rms_db(part(&dissolve, 4.7, 5.3)) - rms_db(part(&dissolve, 3.0, 3.9))).abs() < 8.0);

    set(&mut board, TransitionKind::Fade);
    let fade = mixed(&board);
    assert!(rms_db(part(&fade, 3.98, 4.02)) < rms_db(part(&fade, 2.0, 2.9)) - 20.0);
    // The film comes out of silence and ends in it.
    assert!(fade[..4].iter().chain(&fade[fade.len() - 4..]).all(|x| x.abs() < 1e-4));
}

#[test]
fn a_stronger_wind_is_louder_than_its_neighbour() {
    let mut board = board(&[(&["wind"], 12.0), (&["wind"], 12.0)]);
    board.scenes[0].wind = Some(0.1);
    board.scenes[1].wind = Some(1.0);
    let sound = mixed(&board);
    assert!(rms_db(part(&sound, 13.0, 23.0)) > rms_db(part(&sound, 1.0, 11.0)) + 6.0);
}

#[test]
fn films_of_one_frame_and_of_many_tiny_shots_have_sound() {
    let one = mixed(&board(&[(&["sea"], 0.01)]));
    assert_eq!(one.len(), 2000 * 2);
    let many = mixed(&board(&[(&["sea", "birds"][..], 0.05), (&["fire"][..], 0.1)].repeat(20)));
    assert!(many.iter().all(|x| x.is_finite()) && measure(&many).peak_dbtp <= PEAK_DBTP);
}
