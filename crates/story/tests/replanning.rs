//! Planning again after the words have changed keeps what they leave alone.

use std::collections::BTreeMap;

use film::{Framing, Quality, ShotOrder, Source, Storyboard};
use story::{Request, carry_over, plan};

const SCRIPT: &str = "A red fox runs through a misty forest at dawn. It stops at a stream and drinks. \
    Two deer watch from behind a tree. The fox looks up. The deer leap away.";

fn planned(text: &str) -> Storyboard {
    plan(text, &Request::default())
}

/// The key of every shot's take, by the words of its beats.
fn takes(board: &Storyboard) -> BTreeMap<String, String> {
    board
        .shots()
        .map(|(_, shot)| {
            let order = ShotOrder::new(board, &shot.id, Quality::Standard).expect("every shot has an order");
            (shot.id.to_string(), order.canonical_json())
        })
        .collect()
}

fn kept(before: &Storyboard, after: &Storyboard) -> usize {
    let (before, after) = (takes(before), takes(after));
    before.iter().filter(|(id, key)| after.get(*id) == Some(key)).count()
}

#[test]
fn the_same_words_give_the_same_film() {
    let board = planned(SCRIPT);
    assert_eq!(carry_over(&board, planned(SCRIPT)).to_json(), board.to_json());
}

#[test]
fn a_changed_sentence_changes_its_own_shots_only() {
    let before = planned(SCRIPT);
    let after = carry_over(
        &before,
        planned(&SCRIPT.replace("The fox looks up.", "The fox sneezes and shakes its head.")),
    );
    after.validate().expect("it is valid");
    let all = before.shots().count();
    assert!(kept(&before, &after) >= all - 1, "{} of {all} takes are kept", kept(&before, &after));
    assert!(after.shots().any(|(_, shot)| shot.beats.iter().any(|beat| beat.action == "sneeze")));
}

#[test]
fn a_new_sentence_in_front_leaves_the_others_their_ids() {
    let before = planned(SCRIPT);
    let after =
        carry_over(&before, planned(&SCRIPT.replace("Two deer", "A crow lands on a branch. Two deer")));
    after.validate().expect("it is valid");
    for (_, shot) in before.shots() {
        let same = after.shot(&shot.id).unwrap_or_else(|| panic!("{} is gone", shot.id));
        assert_eq!(same.1.beats.first().map(|b| &b.text), shot.beats.first().map(|b| &b.text));
        assert_eq!(same.1.seed, shot.seed);
    }
    assert!(after.shots().count() > before.shots().count());
}

#[test]
fn what_was_set_by_hand_stays() {
    let mut before = planned(SCRIPT);
    let shot = &mut before.scenes[0].shots[1];
    shot.camera.framing = Framing::ExtremeCloseUp;
    shot.camera.sources.insert("framing".to_owned(), Source::Edited);
    let id = shot.id.clone();
    let deer = before.cast.iter_mut().find(|m| m.kind == "deer").expect("the deer");
    deer.count = 7;
    deer.sources.insert("count".to_owned(), Source::Edited);
    let after = carry_over(&before, planned(&SCRIPT.replace("leap away", "vanish into the fog")));
    assert_eq!(after.shot(&id).expect("the shot").1.camera.framing, Framing::ExtremeCloseUp);
    assert_eq!(after.cast.iter().find(|m| m.kind == "deer").expect("the deer").count, 7);
    after.validate().expect("it is valid");
}

#[test]
fn another_film_is_another_film() {
    let other = planned("A woman walks along a beach at sunset.");
    assert_eq!(carry_over(&planned(SCRIPT), other.clone()), other);
}

#[test]
fn what_is_asked_now_wins_over_what_was_planned() {
    let before = planned(SCRIPT);
    let request =
        Request { seconds: Some(film::Seconds::new(30.0).expect("a length")), ..Request::default() };
    let longer = carry_over(&before, plan(SCRIPT, &request));
    assert!((longer.duration_secs() - 30.0).abs() < 1e-6, "{}", longer.duration_secs());
    let low = carry_over(&before, planned(&SCRIPT.replace("looks up.", "looks up, low angle shot.")));
    assert!(low.shots().any(|(_, shot)| shot.camera.angle == film::Angle::Low));
    let mut cards = planned(SCRIPT);
    for shot in cards.scenes.iter_mut().flat_map(|scene| &mut scene.shots) {
        "card".clone_into(&mut shot.renderer);
    }
    assert!(carry_over(&before, cards).shots().all(|(_, shot)| shot.renderer == "card"));
}
