//! Whole storyboards of ten scripts, read and agreed with.

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

#[test]
fn kitchen() {
    insta::assert_snapshot!(board(
        "An old cook cracks three eggs in a farmhouse kitchen. Her grandson stands beside her and watches. She hands him a \
         fork. \"More salt,\" he says. They laugh. Warm, cosy, 50mm, 20 seconds."
    ));
}

#[test]
fn raven() {
    insta::assert_snapshot!(board(
        "One winter night a girl in a red cloak finds a wounded raven in the snow. She carries it into a hut. At dawn it \
         turns into a young prince. He bows, and the two walk out into the forest. Watercolour, no text."
    ));
}

#[test]
fn otters() {
    insta::assert_snapshot!(board(
        "Wildlife documentary. Two otters swim toward a grey heron in a misty river. One of them dives while the other \
         circles. The heron spreads its wings and flies away. Slow pan left, 400mm lens, fade to black."
    ));
}

#[test]
fn screenplay() {
    insta::assert_snapshot!(board(
        "INT. KITCHEN - NIGHT\n\nMARA (30s) drops a letter on the table. JONAS picks it up.\n\nMARA\n(quietly)\nYou're late. \
         Two years late.\n\nJONAS\nI know.\n\nCUT TO:\n\nEXT. RIVER - DAWN\n\nJonas rows a small boat. Mara waves.\n\n> FADE \
         OUT.\n"
    ));
}

#[test]
fn shot_list() {
    insta::assert_snapshot!(board(
        "1. WIDE - Stone harbour at dawn. Fishing boats rock. (4s)\n2. CLOSE-UP - An old fisherman in a yellow coat ties a \
         knot, slow push in. (3s)\n3. TRACKING - A boy runs along the pier. (5s)\n"
    ));
}
