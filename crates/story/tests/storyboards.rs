//! Whole storyboards of five prompts, read and agreed with.

use story::{Request, plan};

fn board(text: &str) -> String {
    plan(text, &Request::default()).to_json()
}

#[test]
fn mammoths() {
    insta::assert_snapshot!(board(
        "Several giant woolly mammoths approach, treading through a snowy meadow, their long woolly fur lightly blows in \
         the wind as they walk, snow covered trees and dramatic snow capped mountains in the distance, mid afternoon light \
         with wispy clouds and a sun high in the distance creates a warm glow, the low camera view is stunning, depth of \
         field."
    ));
}

#[test]
fn detective() {
    insta::assert_snapshot!(board(
        "A lone detective in a grey coat walks through a rainy city street at night. He stops under a street lamp and \
         lights a cigarette. Then a black cat crosses the road, and he smiles."
    ));
}

#[test]
fn puppy() {
    insta::assert_snapshot!(board(
        "A golden retriever puppy runs on the beach at sunset. As night falls, he sleeps by a campfire."
    ));
}

#[test]
fn bench() {
    insta::assert_snapshot!(board(
        "An old man and a young girl sit on a bench in a park. They feed pigeons. The girl laughs. 12 seconds, vertical \
         video, 30 fps."
    ));
}

#[test]
fn grassland() {
    insta::assert_snapshot!(board(
        "The camera begins in a vast grassland, where the lush green grass sways gently in the breeze. In the distance, a \
         herd of cattle grazes peacefully. The scene shifts to a lakeshore, where the lake reflects the sky. Finally, the \
         camera pulls back, following the herd as they move off into the distance."
    ));
}
