//! Corrects the tags that the tagger gets wrong on prompts: verbs taken for nouns, nouns for adjectives, names for things.
//!
//! The rules look at a word's neighbours and at what the word lists allow; each names the case that it is for.

use super::{
    beats::{PIECE_TOKENS, SINGULAR_DETERMINERS, TEMPORAL, inside_phrase, is_sequence, may_follow_verb},
    mentions::{COLOURS, among},
    verbs,
};
use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{Tag, Token, guess_lemma, singular, verb_base},
};

pub(super) fn make_verb(token: &mut Token, tag: Tag) {
    let base = verb_base(&token.low);
    token.retag(tag);
    if let Some(base) = base {
        token.lemma = base;
    }
}

/// Whether the plural noun may be a verb in disguise: never one that names people or animals.
pub(super) fn verb_in_disguise(token: &Token) -> bool {
    token.tag.is_plural()
        && token.lemma != token.low
        && verb_base(&token.low).is_some()
        && !kinds().is_person(&token.lemma, &token.low)
        && !kinds().is_creature(&token.lemma, &token.low)
}

/// Plurals that look like singulars.
const FLOCKS: &str = "deer sheep fish cattle police people bison moose salmon samurai ninja trout crew crowd staff folk reindeer townsfolk \
    villagefolk poultry";

/// Adjectives in "-ly", which the tagger takes for adverbs.
const ADJECTIVES_IN_LY: &str = "woolly curly lovely friendly lonely silly ugly early elderly chilly hilly burly wrinkly bubbly \
    cuddly wobbly gnarly prickly ghostly deadly lively jolly holy smelly daily heavenly earthly orderly manly \
    womanly saintly kindly stately princely costly leisurely sparkly wiggly scraggly bristly pearly ghastly unruly";
/// Participles that make one adjective with the noun before them: "snow covered trees".
const COVERINGS: &str = "covered capped clad lined filled drenched soaked kissed dusted laden lit topped tipped swept strewn \
    draped blanketed worn colored coloured shaped sized kissed frosted encrusted studded flecked bleached baked stained";

/// Nouns in "-ing", which are no participles.
const NOUNS_IN_ING: &str = "morning evening building ceiling painting clothing wedding king ring string thing spring wing something anything \
    everything nothing lightning clearing railing being darling sibling duckling sapling awning pudding earring opening";

/// Whether the noun names an event before anything else ("a yawn", "a wait"): its plural is more often the verb.
pub(super) fn names_event(token: &Token) -> bool {
    let Some(base) = verb_base(&token.low) else { return false };
    let derived = ["tion", "ment", "ness", "ism"].iter().any(|ending| base.ends_with(ending));
    !derived
        && token.low.ends_with('s')
        && base != token.low
        && lexicon().senses(&base).next().is_none_or(|sense| sense == 0)
}

/// Whether the word in "-ing" is more likely a participle than a noun of its own.
pub(super) fn is_participle_form(token: &Token) -> bool {
    token.low.ends_with("ing")
        && !among(NOUNS_IN_ING, &token.low)
        && lexicon().is_verb(&guess_lemma(&token.low))
}

/// Whether the word can be the third person of a verb.
fn may_be_third(token: &Token) -> bool {
    token.low.ends_with('s')
        && !token.low.ends_with("ss")
        && token.tag.is_noun()
        && verb_base(&token.low).is_some_and(|base| base != token.low)
}

/// Where the stretch that holds token `k` begins: behind the last token that ends one, or as far back as the rules look.
fn back_to(tokens: &[Token], k: usize, ends: impl Fn(&Token) -> bool) -> usize {
    let furthest = k.saturating_sub(PIECE_TOKENS);
    tokens[furthest..k].iter().rposition(ends).map_or(furthest, |at| furthest + at + 1)
}

/// What is surely wrong whatever the sentence: names without a capital, verbs right after "he", "to" and "who".
fn repair_words(tokens: &mut [Token]) {
    let (mut past, mut present) = (0, 0);
    for token in tokens.iter() {
        past += usize::from(token.tag == Tag::Past);
        present += usize::from(matches!(token.tag, Tag::Present3 | Tag::Present));
    }
    for k in 0..tokens.len() {
        if tokens[k].tag.is_name() && !tokens[k].capital && tokens[k].low.is_ascii() {
            let plural = tokens[k].low.ends_with('s') && singular(&tokens[k].low) != tokens[k].low;
            tokens[k].retag(if plural { Tag::Nouns } else { Tag::Noun });
        }
        let low = tokens[k].low.as_str();
        let singular_form = tokens[k].tag == Tag::Nouns
            && !low.ends_with('s')
            && lexicon().irregular_noun(low).is_none()
            && !low.ends_with("men")
            && !among("people cattle police sheep deer fish folk", low);
        if singular_form && lexicon().is_noun(low) {
            tokens[k].retag(Tag::Noun);
        }
        let derived = ["tions", "ments", "nesses"].iter().any(|ending| tokens[k].low.ends_with(ending));
        if matches!(tokens[k].tag, Tag::Present | Tag::Base)
            && tokens[k].low.ends_with('s')
            && !tokens[k].low.ends_with("ss")
        {
            let base = verb_base(&tokens[k].low);
            if base.is_some_and(|base| base != tokens[k].low) {
                make_verb(&mut tokens[k], Tag::Present3);
            }
        }
        if tokens[k].tag == Tag::Present3 && derived {
            tokens[k].retag(Tag::Nouns);
        }
        let before = k.checked_sub(1).map(|b| (tokens[b].tag, tokens[b].low.clone()));
        let Some((tag_before, low_before)) = before else { continue };
        if tokens[k].tag == Tag::Gerund
            && tag_before == Tag::Determiner
            && among(NOUNS_IN_ING, &tokens[k].low)
        {
            tokens[k].retag(Tag::Noun);
        }
        // "left and right" is where, not what was done.
        if tokens[k].tag.is_verb()
            && tokens[k].low == "left"
            && tokens.get(k + 1).is_some_and(|t| t.low == "and")
            && tokens.get(k + 2).is_some_and(|t| t.low == "right")
        {
            tokens[k].retag(Tag::Adverb);
        }
        if matches!(tokens[k].tag, Tag::Past | Tag::Gerund | Tag::Participle)
            && (tag_before == Tag::Hyphen || (tokens[k].tag == Tag::Past && tag_before == Tag::Determiner))
            && tokens.get(k + 1).is_none_or(|t| t.tag.is_noun() || t.tag.is_adjective() || t.is_break())
        {
            // "a cramped compartment", "awe-inspiring", "neon-lit rooftop"
            tokens[k].retag(if tag_before == Tag::Hyphen { Tag::Adjective } else { Tag::Participle });
            continue;
        }
        let next = tokens.get(k + 1);
        let ends = next.is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Pronoun
                        | Tag::Particle
                        | Tag::Adverb
                        | Tag::To
                        | Tag::Coordinator
                )
        });
        let verb = lexicon().is_verb(&tokens[k].low);
        let nominative = matches!(low_before.as_str(), "he" | "she" | "it" | "who" | "everyone" | "nobody");
        let counted = k >= 2
            && among("two three four five six seven", &low_before)
            && matches!(tokens[k - 2].low.as_str(), "the" | "these" | "those");
        let plural_nominative =
            counted || matches!(low_before.as_str(), "they" | "we" | "i" | "you" | "both");
        // "the two play cards"
        let object = tokens.get(k + 2).is_none_or(|t| !t.tag.is_finite())
            && next.is_some_and(|t| t.low.ends_with('s') && matches!(t.tag, Tag::Present3 | Tag::Nouns));
        if plural_nominative && verb && tokens[k].tag == Tag::Noun && object {
            make_verb(&mut tokens[k], Tag::Present);
            let thing = singular(&tokens[k + 1].low);
            if lexicon().is_noun(&thing) {
                tokens[k + 1].retag(Tag::Nouns);
            }
        } else if nominative && may_be_third(&tokens[k]) && ends {
            make_verb(&mut tokens[k], Tag::Present3);
        } else if plural_nominative
            && verb
            && matches!(tokens[k].tag, Tag::Noun | Tag::Adjective | Tag::Base)
            && ends
        {
            make_verb(&mut tokens[k], Tag::Present);
        } else if may_be_third(&tokens[k]) && ends && !lexicon().is_noun(&singular(&tokens[k].low)) {
            // "applauds" can be nothing else.
            make_verb(&mut tokens[k], Tag::Present3);
        } else if past > present && tokens[k].tag == Tag::Participle && tag_before == Tag::Coordinator && ends
        {
            tokens[k].retag(Tag::Past);
        } else if present > past
            && tokens[k].tag == Tag::Past
            && k >= 3
            && tag_before.is_noun()
            && tokens[k - 2].tag == Tag::Possessive
            && tokens[k - 3].low == ","
        {
            // "a farmer kneels, his sleeves rolled up"
            tokens[k].retag(Tag::Participle);
        } else if low_before == "to"
            && verb
            && tokens[k].tag == Tag::Noun
            && ends
            && k >= 2
            && (tag_before == Tag::To && tokens[k - 2].tag.is_verb()
                || among("begin start try continue attempt want", &tokens[k - 2].lemma))
        {
            tokens[k].retag(Tag::Base);
        } else if tokens[k].tag == Tag::Participle
            && past > present
            && tag_before.is_noun()
            && !matches!(next.map(|t| t.low.as_str()), Some("by"))
            && !among(COVERINGS, &tokens[k].low)
            && ends
        {
            // "The wind howled around the mill": a story told in the past.
            let begin = back_to(tokens, k, |t| t.is_break() || t.tag == Tag::Coordinator);
            let bare = tokens[begin..k].iter().all(|t| !t.tag.is_finite());
            if bare && !among("named called", &tokens[k].low) {
                tokens[k].retag(Tag::Past);
            }
        }
    }
}

/// "The whistle blows": the word before a verb is a noun; "laundry swaying": the word after a noun is a participle.
fn repair_neighbours(tokens: &mut [Token]) {
    for k in 1..tokens.len() {
        let next = tokens.get(k + 1).cloned();
        let next = next.as_ref();
        let next_noun = next.is_some_and(|t| t.tag.is_noun() || t.tag.is_adjective());
        let verbal = tokens[k].tag.is_finite() && tokens[k].tag != Tag::Modal
            || (tokens[k].tag == Tag::Gerund && !next_noun);
        let opened = k == 1
            || tokens[k - 2].is_break()
            || tokens[k - 2].tag == Tag::Coordinator
            || (matches!(tokens[k - 2].tag, Tag::Determiner | Tag::Possessive | Tag::Number)
                || tokens[k - 2].tag.is_adjective());
        if verbal && opened && tokens[k - 1].tag == Tag::Adjective {
            if lexicon().is_noun(&tokens[k - 1].low) {
                tokens[k - 1].retag(Tag::Noun);
            } else if lexicon().irregular_noun(&tokens[k - 1].low).is_some() {
                tokens[k - 1].retag(Tag::Nouns);
            }
        }
        // "A hedgehog with a suitcase": a determiner needs its noun.
        let bare = tokens[k - 1].tag == Tag::Adjective
            && k >= 2
            && matches!(tokens[k - 2].tag, Tag::Determiner | Tag::Possessive | Tag::Adjective)
            && (tokens[k].is_stop()
                || tokens[k].low == ";"
                || matches!(tokens[k].tag, Tag::Preposition | Tag::Modal))
            && !among(
                "other same young old blind dead rich poor whole dark open left right front middle inside outside",
                &tokens[k - 1].low,
            )
            && !among(COLOURS, &tokens[k - 1].low);
        // "A Samoyed and a retriever": no adjective, whoever that is.
        let somebody = tokens[k - 1].tag == Tag::Adjective
            && k >= 2
            && tokens[k - 2].tag == Tag::Determiner
            && (tokens[k].tag.is_finite() || tokens[k].tag == Tag::Coordinator || tokens[k].is_break())
            && kinds().class(&tokens[k - 1].lemma, &tokens[k - 1].low, None) == Class::Creature;
        if somebody || bare && lexicon().is_noun(&tokens[k - 1].low) {
            tokens[k - 1].retag(Tag::Noun);
        }
        let start = k == 1 || tokens[k - 2].is_break();
        let noun_before = tokens[k - 1].tag.is_noun()
            || (start && tokens[k - 1].tag == Tag::Adjective && lexicon().is_noun(&tokens[k - 1].low));
        let follows = next.is_none_or(follows_a_verb);
        let gerund = matches!(tokens[k].tag, Tag::Noun | Tag::Adjective)
            && tokens[k].low.ends_with("ing")
            && !among(NOUNS_IN_ING, &tokens[k].low)
            && lexicon().is_verb(&guess_lemma(&tokens[k].low));
        if gerund && noun_before && follows {
            if tokens[k - 1].tag == Tag::Adjective {
                tokens[k - 1].retag(Tag::Noun);
            }
            tokens[k].retag(Tag::Gerund);
        }
        // "A dog in sunglasses runs along a beach": what is worn comes in pairs, and does nothing.
        let pair = tokens[k - 1].tag.is_noun()
            && among(
                "sunglasses glasses goggles shorts jeans trousers pants pyjamas pajamas overalls",
                &tokens[k - 1].low,
            );
        if pair && tokens[k].tag.is_noun() && may_be_third(&tokens[k]) && may_follow_verb(next) {
            make_verb(&mut tokens[k], Tag::Present3);
        }
        // "A prince and a princess dance in a castle": two who act, and what they do.
        let acts = |t: &Token| {
            (t.tag.is_noun() || t.tag == Tag::Adjective) && kinds().class(&t.lemma, &t.low, None).acts()
        };
        let other = (k.saturating_sub(5)..k.saturating_sub(1)).rev().find(|j| tokens[*j].low == "and");
        let first = other.and_then(|and| and.checked_sub(1)).is_some_and(|j| acts(&tokens[j]));
        if first
            && tokens[k].tag == Tag::Noun
            && acts(&tokens[k - 1])
            && lexicon().is_verb(&tokens[k].low)
            && !kinds().is_person(&tokens[k].lemma, &tokens[k].low)
            && next.is_none_or(|t| t.is_break() || t.tag == Tag::Preposition)
            && !tokens[..k].iter().rev().take_while(|t| !t.is_stop()).any(|t| t.tag.is_finite())
        {
            make_verb(&mut tokens[k], Tag::Present);
            if tokens[k - 1].tag == Tag::Adjective {
                tokens[k - 1].retag(Tag::Noun);
            }
        }
        // "one leaps, the other catches him": no noun, but a subject.
        let aside = usize::from(among("only just also then simply quickly slowly", &tokens[k - 1].low));
        let stands = k > aside
            && among("one other third second another both others", &tokens[k - 1 - aside].low)
            && aside == 1
            || among("one other third second another both others", &tokens[k - 1].low)
                && (k == 1
                    || matches!(
                        tokens[k - 2].tag,
                        Tag::Determiner | Tag::Coordinator | Tag::Adjective | Tag::Comparative
                    )
                    || tokens[k - 2].is_break()
                    || among("the while as and but", &tokens[k - 2].low))
            || (tokens[k - 1].tag == Tag::Comparative && k >= 2 && tokens[k - 2].low == "the");
        if stands
            && may_be_third(&tokens[k])
            && may_follow_verb(next)
            && !next.is_some_and(|t| t.tag.is_finite())
        {
            make_verb(&mut tokens[k], Tag::Present3);
        }
    }
}

/// "Children fly kites", "a family of four eats breakfast": a plain verb has its object behind it, a number its verb.
fn repair_objects(tokens: &mut [Token]) {
    for k in 1..tokens.len() {
        let ends = tokens.get(k + 1).is_none_or(|t| t.is_break() || follows_a_verb(t));
        let plural = tokens[k - 1].tag == Tag::Present
            && k >= 2
            && (tokens[k - 2].tag.is_plural() || among(FLOCKS, &tokens[k - 2].low));
        if plural && tokens[k].tag == Tag::Present3 && ends && lexicon().is_noun(&singular(&tokens[k].low)) {
            tokens[k].retag(Tag::Nouns);
        }
        let number = k >= 3
            && tokens[k - 1].tag == Tag::Number
            && tokens[k - 2].low == "of"
            && among("family group team crew band party gang trio", &tokens[k - 3].low);
        if number && may_be_third(&tokens[k]) {
            make_verb(&mut tokens[k], Tag::Present3);
            if let Some(object) = tokens.get_mut(k + 1)
                && object.tag.is_finite()
                && lexicon().is_noun(&object.low)
            {
                object.retag(Tag::Noun);
            }
        }
    }
}

/// "They fall in a heap and laugh", "while the rings of the planet glitter outside": plain verbs taken for nouns.
fn repair_plain(tokens: &mut [Token]) {
    for k in 2..tokens.len() {
        if tokens[k].tag != Tag::Noun || !lexicon().is_verb(&tokens[k].low) {
            continue;
        }
        let next = tokens.get(k + 1);
        let closes = next.is_none_or(super::super::syntax::Token::is_break);
        let goes_on = next.is_some_and(|t| {
            matches!(t.tag, Tag::Adverb | Tag::Particle | Tag::Preposition) && t.low != "of"
        });
        let from = back_to(tokens, k, Token::is_break);
        let clause = &tokens[from..k];
        let plain = clause.iter().any(|t| t.tag == Tag::Present)
            && tokens[k - 1].tag == Tag::Coordinator
            && (closes || goes_on)
            && (lexicon().senses(&tokens[k].low).next() == Some(0)
                // "Stars appear one by one and wheel around": no noun that it could be joined to.
                || (goes_on && !(tokens[k - 2].tag.is_noun() || tokens[k - 2].tag.is_adjective())));
        let after =
            clause.iter().rposition(|t| TEMPORAL.contains(&t.low.as_str())).map(|at| &clause[at + 1..]);
        let needs = after.is_some_and(|rest| {
            tokens[k - 1].tag.is_noun()
                && rest.iter().find(|t| t.tag.is_noun()).is_some_and(|t| t.tag.is_plural())
                && rest.iter().all(|t| !t.tag.is_finite())
        }) && (closes || goes_on);
        // "Two deer watch", "the police search": a plural that looks like a singular.
        let flock = among(FLOCKS, &tokens[k - 1].low)
            && clause.iter().all(|t| !t.tag.is_finite())
            && (closes
                || goes_on
                || next.is_some_and(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::To)));
        if plain || needs || flock {
            make_verb(&mut tokens[k], Tag::Present);
        }
    }
}

/// "The astronaut coughs, opens her eyes": in a series of predicates, what can be a verb is one.
fn repair_series(tokens: &mut [Token]) {
    for k in 1..tokens.len() {
        if !may_be_third(&tokens[k]) {
            continue;
        }
        let next = tokens.get(k + 1);
        let sentence = tokens[k].sentence;
        let begin = tokens[..k].iter().rposition(super::super::syntax::Token::is_break).map_or(0, |b| b + 1);
        let clause = &tokens[begin..k];
        // "dad stares at it", "rain whips across": a bare noun that acts, or weather, opens the clause.
        let bare = clause.last().filter(|_| {
            clause.len() == 1
                || (clause.len() == 2 && (clause[0].tag == Tag::Coordinator || clause[0].tag.is_adjective()))
        });
        let opens = bare.is_some_and(|t| {
            let class = kinds().class(&t.lemma, &t.low, None);
            matches!(t.tag, Tag::Noun | Tag::Name) && (class.acts() || class == Class::Sky)
        });
        // "Mara waves."
        let named = clause.len() == 1
            && clause[0].tag.is_name()
            && clause[0].capital
            && next.is_none_or(Token::is_break)
            && !clause[0].low.ends_with('s');
        let falls = named
            || bare.is_some_and(|t| kinds().class(&t.lemma, &t.low, None) == Class::Sky)
                && next.is_none_or(Token::is_break);
        if falls {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        if opens
            && next.is_some_and(|t| {
                matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Particle
                        | Tag::Adverb
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Pronoun
                ) && t.low != "of"
            })
        {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        // "until the paper rips": the clause needs a verb.
        let temporal =
            clause.iter().rposition(|t| TEMPORAL.contains(&t.low.as_str())).map(|at| &clause[at + 1..]);
        let needs = temporal.is_some_and(|rest| {
            rest.iter().any(|t| t.tag == Tag::Determiner || t.tag == Tag::Possessive)
                && rest.last().is_some_and(|t| matches!(t.tag, Tag::Noun | Tag::Name))
                && rest
                    .iter()
                    .all(|t| inside_phrase(t.tag) || matches!(t.tag, Tag::Determiner | Tag::Possessive))
        });
        if needs
            && next.is_none_or(|t| {
                t.is_break()
                    || matches!(t.tag, Tag::Preposition | Tag::Particle | Tag::Adverb | Tag::Adjective)
                        && t.low != "of"
            })
        {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        // "The astronaut coughs, opens …": a singular noun phrase alone before it, another predicate behind it.
        let phrase = clause.iter().all(|t| {
            inside_phrase(t.tag)
                || matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Coordinator)
                || is_sequence(t)
        }) && clause.last().is_some_and(|t| matches!(t.tag, Tag::Noun | Tag::Name))
            && clause.iter().any(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Name));
        let behind = tokens[k + 1..].iter().take_while(|t| t.sentence == sentence).find(|t| {
            !(t.low == ","
                || t.tag == Tag::Coordinator
                || t.tag == Tag::Adverb
                || t.low == "then"
                || t.tag == Tag::Particle)
        });
        let goes_on = next.is_some_and(|t| t.low == "," || t.tag == Tag::Coordinator)
            && behind.is_some_and(|t| t.tag == Tag::Present3 || may_be_third(t) && names_event(t));
        let alone = next.is_none_or(|t| t.is_stop() || t.is_newline())
            || next.is_some_and(|t| matches!(t.tag, Tag::Preposition | Tag::Particle | Tag::Adverb));
        // "The giant swings, the club whistles": who acts, and at once a mark.
        let acts = clause.last().is_some_and(|t| kinds().class(&t.lemma, &t.low, None).acts())
            && clause.first().is_some_and(|t| t.tag == Tag::Determiner)
            && next.is_some_and(|t| t.low == "," || t.low == ";");
        if phrase && acts {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        let shut = next.is_some_and(|t| among("open shut free apart loose awake", &t.low));
        if phrase && shut {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        if phrase && (goes_on || (alone && names_event(&tokens[k]))) {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        // "… places the ball, takes four steps back and waits.": after a predicate, at a coordinator.
        let led = matches!(tokens[k - 1].tag, Tag::Coordinator)
            || tokens[k - 1].low == ","
            || (tokens[k - 1].low == "then" || tokens[k - 1].tag == Tag::Adverb)
                && k >= 2
                && (tokens[k - 2].tag == Tag::Coordinator || tokens[k - 2].low == ",");
        let from = back_to(tokens, k, |t| t.is_stop() || t.is_newline());
        let third = tokens[from..k].iter().any(|t| t.tag == Tag::Present3);
        let closes = next.is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Coordinator
                        | Tag::Preposition
                        | Tag::Particle
                        | Tag::Adverb
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Pronoun
                        | Tag::To
                )
        });
        let object = next.is_some_and(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Pronoun));
        let follows = third || goes_on && !clause.iter().any(|t| t.tag.is_noun());
        // "she brakes and skids", "stands beside her and watches": no noun that it could be joined to.
        let joined = tokens[k - 1].tag == Tag::Coordinator
            && k >= 2
            && !(tokens[k - 2].tag.is_noun() || tokens[k - 2].tag.is_adjective() || tokens[k - 2].is_break());
        if led && follows && closes && (names_event(&tokens[k]) || (third && (object || joined))) {
            make_verb(&mut tokens[k], Tag::Present3);
        }
    }
}

/// "The chef flips pancakes": the word behind one who acts is what they do.
fn repair_actors(tokens: &mut [Token]) {
    for k in 2..tokens.len().saturating_sub(1) {
        let actor = &tokens[k - 1];
        if !actor.tag.is_noun() || !kinds().class(&actor.lemma, &actor.low, None).acts() {
            continue;
        }
        let next = &tokens[k + 1];
        let ends = tokens.get(k + 2).is_none_or(follows_a_verb);
        let one = !actor.tag.is_plural() && matches!(tokens[k - 2].tag, Tag::Determiner | Tag::Possessive);
        if one && verb_in_disguise(&tokens[k]) && next.tag == Tag::Present3 && ends {
            let thing = singular(&next.low);
            if lexicon().is_noun(&thing) && thing != next.low {
                make_verb(&mut tokens[k], Tag::Present3);
                tokens[k + 1].retag(Tag::Nouns);
            }
        }
    }
}

/// "A car with a black roof rack speeds up", "a woman with freckles smiles": the last word of what somebody has along is what
/// they do, when the sentence has no other verb.
fn repair_accessories(tokens: &mut [Token]) {
    for k in 3..tokens.len() {
        let next = tokens.get(k + 1);
        if !may_be_third(&tokens[k]) || !next.is_none_or(follows_a_verb) || !tokens[k].tag.is_plural() {
            continue;
        }
        let from = back_to(tokens, k, Token::is_break);
        let Some(with) = tokens[from..k].iter().rposition(|t| matches!(t.low.as_str(), "with" | "in")) else {
            continue;
        };
        let (subject, along) = tokens[from..k].split_at(with);
        let one = subject.first().is_some_and(|t| SINGULAR_DETERMINERS.contains(&t.low.as_str()))
            && subject.iter().all(|t| inside_phrase(t.tag) || t.tag == Tag::Determiner)
            && subject
                .last()
                .is_some_and(|t| t.tag == Tag::Noun && kinds().class(&t.lemma, &t.low, None).acts());
        // The tagger may have taken the word before for the verb: "rack".
        let before = along.len().checked_sub(1).filter(|at| *at > 0);
        let Some(before) = before.map(|at| &along[at]) else { continue };
        let noun = before.tag.is_noun()
            || matches!(before.tag, Tag::Base | Tag::Present) && lexicon().is_noun(&before.low);
        let rest = &along[1..along.len() - 1];
        let phrase = rest.iter().all(|t| {
            inside_phrase(t.tag) || matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Coordinator)
        });
        let later = tokens[k + 1..].iter().take_while(|t| !t.is_stop()).any(|t| t.tag.is_finite());
        if !one || !noun || !phrase || later {
            continue;
        }
        if !tokens[k - 1].tag.is_noun() {
            tokens[k - 1].retag(Tag::Noun);
        }
        make_verb(&mut tokens[k], Tag::Present3);
    }
}

/// Corrects the tags that the tagger gets wrong on prompts.
pub(super) fn repair(tokens: &mut [Token]) {
    repair_actors(tokens);
    repair_words(tokens);
    repair_neighbours(tokens);
    let count = tokens.len();
    for k in 0..count {
        let before_noun =
            tokens[k + 1..].iter().take(3).find(|t| !t.tag.is_adjective() && t.tag != Tag::Hyphen);
        let before_noun = before_noun.is_some_and(|t| t.tag.is_noun());
        if tokens[k].tag == Tag::Adverb && before_noun && among(ADJECTIVES_IN_LY, &tokens[k].low) {
            tokens[k].retag(Tag::Adjective);
        }
        if k > 0
            && tokens[k - 1].tag.is_noun()
            && kinds().class(&tokens[k - 1].lemma, &tokens[k - 1].low, None).acts()
        {
            // "a cyclist riding along", "a dog and a bird run across": the verb of the one who acts.
            let follows = tokens.get(k + 1).is_none_or(follows_a_verb);
            let gerund =
                tokens[k].tag == Tag::Noun && tokens[k].low.len() > 5 && tokens[k].low.ends_with("ing");
            let base = tokens[k].tag == Tag::Participle && tokens[k].lemma == tokens[k].low;
            if gerund && follows && lexicon().is_verb(&guess_lemma(&tokens[k].low)) {
                tokens[k].retag(Tag::Gerund);
            } else if base && follows {
                tokens[k].retag(Tag::Present);
            }
        }
        // "as the townsfolk come out": a participle that looks like the plain verb, with no "have" before it.
        if k > 0
            && tokens[k].tag == Tag::Participle
            && tokens[k].lemma == tokens[k].low
            && (tokens[k - 1].tag.is_plural() || among(FLOCKS, &tokens[k - 1].low))
            && among("come run become overcome", &tokens[k].low)
        {
            tokens[k].retag(Tag::Present);
        }
        if k > 0
            && tokens[k].tag == Tag::Past
            && before_noun
            && tokens[k - 1].tag.is_noun()
            && among(COVERINGS, &tokens[k].low)
        {
            tokens[k].retag(Tag::Participle);
        }
    }
    // "A dog chases …": a plural right after a singular noun phrase is its verb.
    for d in 0..count {
        if !SINGULAR_DETERMINERS.contains(&tokens[d].low.as_str()) {
            continue;
        }
        let limit = count.min(d + 16);
        let mut j = d + 1;
        while j < limit && inside_phrase(tokens[j].tag) {
            j += 1;
        }
        if j + 2 < limit && tokens[j].low == "of" {
            let mut q = j + 1;
            while q < limit && (inside_phrase(tokens[q].tag) || tokens[q].tag == Tag::Determiner) {
                q += 1;
            }
            if q + 1 < limit && tokens[q].tag == Tag::Nouns && tokens[q + 1].tag == Tag::Nouns {
                j = q + 1;
            }
        }
        if j >= limit || j <= d + 1 {
            continue;
        }
        let compound = |k: usize| {
            let name = format!("{}_{}", tokens[k].low, singular(&tokens[k + 1].low));
            kinds().names(&name) || lexicon().is_noun(&name)
        };
        // "A red sports car": two words that together are the name of something.
        if tokens.get(j + 1).is_some_and(|next| next.tag.is_noun()) && compound(j) {
            continue;
        }
        if tokens[j - 1].tag == Tag::Adjective
            && tokens[j].tag == Tag::Nouns
            && verb_base(&tokens[j].low).is_some()
            && lexicon().is_noun(&tokens[j - 1].low)
        {
            tokens[j - 1].retag(Tag::Noun);
        }
        let noun_before = tokens[d + 1..j].iter().any(|t| t.tag.is_noun());
        let next_finite = tokens.get(j + 1).is_some_and(|t| t.tag.is_finite());
        if tokens[j].tag.is_plural()
            && tokens[j].lemma != tokens[j].low
            && verb_base(&tokens[j].low).is_some()
            && noun_before
            && may_follow_verb(tokens.get(j + 1))
            && !next_finite
        {
            make_verb(&mut tokens[j], Tag::Present3);
        }
    }
    for k in 1..count.saturating_sub(2) {
        let follows = |t: &Token| matches!(t.tag, Tag::Preposition | Tag::To | Tag::Particle | Tag::Adverb);
        // "The cat chases dogs across": noun and verb swapped.
        if tokens[k].tag == Tag::Nouns
            && tokens[k + 1].tag == Tag::Present3
            && tokens[k - 1].tag == Tag::Noun
            && tokens[k.saturating_sub(4)..k - 1]
                .iter()
                .any(|t| SINGULAR_DETERMINERS.contains(&t.low.as_str()))
            && verb_base(&tokens[k].low).is_some()
            && tokens[k + 1].low.strip_suffix('s').is_some_and(|stem| lexicon().is_noun(stem))
            && follows(&tokens[k + 2])
        {
            make_verb(&mut tokens[k], Tag::Present3);
            tokens[k + 1].retag(Tag::Nouns);
        }
        // ", sparks dance off a rig", ", bubbles streaming from its feathers"
        if tokens[k].tag == Tag::Present3
            && tokens[k - 1].is_break()
            && (matches!(tokens[k + 1].tag, Tag::Present | Tag::Gerund)
                || tokens[k + 1].low.ends_with("ing") && is_participle_form(&tokens[k + 1]))
            && !among("start begin keep stop love try finish avoid continue come go", &tokens[k].lemma)
            && lexicon().is_noun(&singular(&tokens[k].low))
        {
            tokens[k].retag(Tag::Nouns);
            if tokens[k + 1].tag == Tag::Noun {
                tokens[k + 1].retag(Tag::Gerund);
            }
        }
        // "Autumn leaves swirl down".
        if tokens[k].tag == Tag::Present3
            && matches!(tokens[k - 1].tag, Tag::Noun | Tag::Adjective | Tag::Name)
            && !kinds().class(&tokens[k - 1].lemma, &tokens[k - 1].low, None).acts()
            && (k == 1 || tokens[k - 2].is_break())
            && matches!(tokens[k + 1].tag, Tag::Noun | Tag::Adjective | Tag::Base)
            && lexicon().is_verb(&tokens[k + 1].low)
            && follows(&tokens[k + 2])
        {
            tokens[k].retag(Tag::Nouns);
            make_verb(&mut tokens[k + 1], Tag::Present);
        }
    }
    for k in 1..count.saturating_sub(2) {
        let follows =
            |t: &Token| matches!(t.tag, Tag::Preposition | Tag::Particle | Tag::Adverb) || t.is_break();
        // "…; smoke curls up": a plain verb has no place in a text told in the third person.
        let bare = tokens[k].tag == Tag::Base
            && (tokens[k - 1].is_break() || tokens[k - 1].tag == Tag::Coordinator)
            && matches!(kinds().class(&tokens[k].lemma, &tokens[k].low, None), Class::Sky | Class::Nature);
        if bare
            && tokens[k + 1].tag == Tag::Nouns
            && verb_in_disguise(&tokens[k + 1])
            && follows(&tokens[k + 2])
        {
            tokens[k].retag(Tag::Noun);
            make_verb(&mut tokens[k + 1], Tag::Present3);
        }
        // "A baker dusts custard tarts": a plain verb behind a singular that acts.
        let acts = tokens[k - 1].tag == Tag::Noun
            && kinds().class(&tokens[k - 1].lemma, &tokens[k - 1].low, None).acts();
        if acts
            && tokens[k].tag == Tag::Nouns
            && verb_in_disguise(&tokens[k])
            && matches!(tokens[k + 1].tag, Tag::Present | Tag::Base)
            && lexicon().is_noun(&tokens[k + 1].low)
            && tokens[k + 2].tag.is_noun() | tokens[k + 2].is_break()
        {
            make_verb(&mut tokens[k], Tag::Present3);
            tokens[k + 1].retag(Tag::Noun);
        }
    }
    for k in 0..count.saturating_sub(1) {
        // "Gas bubbles form.", "and ripples spread.": a sight that the tagger took for a verb, then a plain verb.
        let opens = |k: usize| {
            k == 0
                || tokens[k - 1].is_break()
                || tokens[k - 1].tag == Tag::Coordinator
                || TEMPORAL.contains(&tokens[k - 1].low.as_str())
        };
        let ends = tokens.get(k + 2).is_none_or(|t| {
            t.is_break() || matches!(t.tag, Tag::Preposition | Tag::Adverb | Tag::Particle | Tag::Coordinator)
        });
        let alone = opens(k)
            || (k > 0
                && opens(k - 1)
                && (tokens[k - 1].tag == Tag::Noun || tokens[k - 1].tag == Tag::Adjective)
                && !kinds().class(&tokens[k - 1].lemma, &tokens[k - 1].low, None).acts());
        if tokens[k].tag == Tag::Present3
            && alone
            && ends
            && matches!(
                tokens[k + 1].tag,
                Tag::Noun | Tag::Adjective | Tag::Base | Tag::Participle | Tag::Present
            )
            && lexicon().is_verb(&tokens[k + 1].low)
            && !lexicon().is_noun(&format!("{}_{}", tokens[k].low, tokens[k + 1].low))
            && kinds().lists_sight(&singular(&tokens[k].low))
            && kinds().class(&singular(&tokens[k].low), &tokens[k].low, None) != Class::Abstract
            && (tokens[k + 1].tag != Tag::Noun || lexicon().senses(&tokens[k + 1].low).next() == Some(0))
        {
            tokens[k].retag(Tag::Nouns);
            make_verb(&mut tokens[k + 1], Tag::Present);
        }
    }
    repair_accessories(tokens);
    repair_objects(tokens);
    verbs::find(tokens);
    repair_series(tokens);
    repair_plain(tokens);
    verbs::find_plain(tokens);
    // "The giant swings": what stands between a determiner and the verb is its noun.
    for k in 1..count {
        let opened = tokens[k - 1].tag == Tag::Adjective
            && k >= 2
            && matches!(tokens[k - 2].tag, Tag::Determiner | Tag::Possessive);
        if opened && tokens[k].tag == Tag::Present3 && lexicon().is_noun(&tokens[k - 1].low) {
            tokens[k - 1].retag(Tag::Noun);
        }
    }
}

/// Whether the token is what comes after a verb: an object or a way to go, or a break.
fn follows_a_verb(token: &Token) -> bool {
    token.is_break()
        || matches!(
            token.tag,
            Tag::Preposition | Tag::Determiner | Tag::Possessive | Tag::Adverb | Tag::Particle | Tag::To
        )
}
#[cfg(test)]
mod tests {
    #[test]
    fn what_they_do_is_what_they_do() {
        for (text, actions) in [
            ("A red sports car drives along a coastal road.", &["drive"][..]),
            (
                "Grandmother bakes bread in a sunny kitchen; a cat sleeps on the windowsill.",
                &["bake", "sleep"],
            ),
            ("The chef flips pancakes; the dog waits.", &["flip", "wait"]),
            ("Two samurai fight in a bamboo forest in the rain.", &["fight"]),
            ("A dog in sunglasses runs along a beach.", &["run"]),
            ("A woman wearing a red dress dances in the rain.", &["dance"]),
            ("A woman wearing a coat and a scarf walks along a beach.", &["walk"]),
            ("A man carrying a basket walks along a street.", &["walk"]),
            ("A car with a black roof rack speeds up a steep road.", &["speed"]),
            ("A woman with long red hair and freckles smiles.", &["smile"]),
            ("A family of four eats breakfast.", &["eat"]),
            ("Children fly kites on a hill.", &["fly"]),
        ] {
            let reading = crate::read(text);
            let found: Vec<&str> = reading.beats.iter().map(|beat| beat.action.as_str()).collect();
            assert_eq!(found, actions, "{text}");
            assert!(reading.beats.iter().all(|beat| beat.who.len() == 1), "{text}");
        }
    }
}
