//! Finds the verb of a clause that the tagger left without one.
//!
//! Prompts are told in the present tense, and in the third person a verb looks like a plural: "the zebra trots past", "a
//! frigatebird circles overhead". The tagger, trained on news, prefers the noun. What speaks for the verb here: a singular
//! noun phrase before it, what follows it, and that the text is told in sentences. What speaks against: that the word is a
//! sight of its own ("the city lights").

use std::collections::HashMap;

use super::{
    beats::{TEMPORAL, core_start, inside_phrase, is_sequence, pieces},
    mentions::among,
    repair::{make_verb, names_event, verb_in_disguise},
};
use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{Tag, Token, singular, verb_base},
};

/// Third persons taken for plurals.
pub(super) fn find(tokens: &mut [Token]) {
    // Whether most sentences of the text have a verb: then one that has none more likely lost it to the tagger.
    let (mut sentences, mut clauses) = (0, 0);
    for sentence in tokens.chunk_by(|a, b| a.sentence == b.sentence) {
        sentences += 1;
        clauses += usize::from(sentence.iter().any(|t| t.tag.is_finite()));
    }
    let clausal = clauses * 2 > sentences;
    let mut first_seen: HashMap<String, usize> = HashMap::new();
    for (i, token) in tokens.iter().enumerate() {
        first_seen.entry(token.lemma.clone()).or_insert(i);
    }
    find_definite(tokens, &first_seen);
    let mut told = (u32::MAX, false);
    for (begin, end) in pieces(tokens) {
        let sentence = tokens[begin].sentence;
        if told.0 != sentence {
            told = (sentence, false);
        }
        if tokens[begin..end].iter().any(|t| t.tag.is_finite()) {
            told.1 = true;
            continue;
        }
        let start = core_start(tokens, begin, end);
        let led = tokens[begin..start.min(end)]
            .iter()
            .any(|t| t.low == "then" || is_sequence(t) || t.tag == Tag::Coordinator)
            || begin > 0 && matches!(tokens[begin - 1].low.as_str(), ";" | ":")
            || start < end && TEMPORAL.contains(&tokens[start].low.as_str());
        let found = (start + 1..end).find(|k| {
            weight(tokens, start, *k, end, &first_seen) + i32::from(clausal) + i32::from(led && told.1) >= 3
        });
        if let Some(k) = found {
            if tokens[k - 1].tag == Tag::Adjective {
                tokens[k - 1].retag(Tag::Noun);
            }
            make_verb(&mut tokens[k], Tag::Present3);
            told.1 = true;
        }
    }
}

/// How much speaks for a verb at `k` in the piece that begins at `start`.
fn weight(tokens: &[Token], start: usize, k: usize, end: usize, first_seen: &HashMap<String, usize>) -> i32 {
    const NEVER: i32 = -9;
    let token = &tokens[k];
    let subject = &tokens[k - 1];
    if !verb_in_disguise(token) || !token.low.ends_with('s') {
        return NEVER;
    }
    let next = tokens.get(k + 1).filter(|_| k + 1 < end);
    let behind = match next {
        None => 1,
        Some(t) if t.is_break() || t.tag == Tag::Coordinator => 1,
        Some(t) if t.low == "of" || t.tag.is_finite() => return NEVER,
        Some(t) if t.tag == Tag::Preposition || t.tag == Tag::To => 1,
        Some(t)
            if matches!(
                t.tag,
                Tag::Adverb | Tag::Particle | Tag::Pronoun | Tag::Possessive | Tag::Determiner
            ) =>
        {
            2
        }
        Some(_) => return NEVER,
    };
    // "one of them cracks"
    let one = k >= start + 3
        && among("them us these those", &subject.low)
        && tokens[k - 2].low == "of"
        && among("one each neither either none", &tokens[k - 3].low);
    if one {
        return behind + 3;
    }
    let nominal = matches!(subject.tag, Tag::Noun | Tag::Name)
        || (subject.tag == Tag::Adjective && lexicon().is_noun(&subject.low));
    if !nominal {
        return NEVER;
    }
    let mut from = k - 1;
    while from > start && inside_phrase(tokens[from - 1].tag) && tokens[from - 1].tag != Tag::Adverb {
        from -= 1;
    }
    let before = from.checked_sub(1).filter(|b| *b >= start).map(|b| &tokens[b]);
    let determined = before.is_some_and(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive));
    // What a preposition governs does nothing: "in the evening lights".
    let governed = if determined { from.checked_sub(2) } else { from.checked_sub(1) }
        .filter(|b| *b >= start)
        .is_some_and(|b| {
            matches!(tokens[b].tag, Tag::Preposition | Tag::To) && !TEMPORAL.contains(&tokens[b].low.as_str())
        });
    if governed
        || before.is_some_and(|t| !determined && !TEMPORAL.contains(&t.low.as_str()) && !t.tag.is_noun())
    {
        return NEVER;
    }
    let class = kinds().class(&subject.lemma, &subject.low, None);
    let known = first_seen.get(&subject.lemma).is_some_and(|first| *first < start);
    let natural = matches!(class, Class::Sky | Class::Nature) || subject.tag == Tag::Name;
    let sight = kinds().lists_sight(&token.lemma);
    let compound = lexicon().is_noun(&format!("{}_{}", subject.low, singular(&token.low)));
    behind + i32::from(names_event(token)) + i32::from(class.acts() || known)
        - if class.acts() { 1 } else { 2 } * i32::from(sight)
        - 2 * i32::from(compound)
        - i32::from(!determined && !natural)
}

/// "Two defenders in white vests chase her", "all three freeze": a piece that opens with several who could do what a
/// plain verb in it says, and has no other verb.
pub(super) fn find_plain(tokens: &mut [Token]) {
    for (begin, end) in pieces(tokens) {
        let start = core_start(tokens, begin, end);
        if start >= end
            || tokens[begin..end]
                .iter()
                .any(|t| t.tag.is_finite() || t.tag == Tag::Gerund || t.tag == Tag::To)
        {
            continue;
        }
        // The noun phrase and the phrases hung on it.
        // "For one second girl and gull hang in the air": the second of two.
        let mut plural = start > begin
            && start == begin + 1
            && tokens[begin].low == "and"
            && begin > 0
            && matches!(tokens[begin - 1].tag, Tag::Noun | Tag::Name)
            && matches!(tokens[start].tag, Tag::Noun | Tag::Name)
            && kinds().class(&tokens[start].lemma, &tokens[start].low, None).acts()
            && kinds().class(&tokens[begin - 1].lemma, &tokens[begin - 1].low, None).acts();
        let pair = plural;
        let mut head = false;
        let mut hung = false;
        for k in start..end {
            let t = &tokens[k];
            let next = tokens.get(k + 1).filter(|_| k + 1 < end);
            let quantified =
                matches!(t.tag, Tag::Number) && k > start && among("all the these those", &tokens[k - 1].low)
                    || among("both all others", &t.low);
            let follows = next.is_none_or(|t| {
                t.is_break()
                    || matches!(
                        t.tag,
                        Tag::Preposition
                            | Tag::Adverb
                            | Tag::Particle
                            | Tag::Determiner
                            | Tag::Possessive
                            | Tag::Pronoun
                            | Tag::Coordinator
                    ) && t.low != "of"
            });
            let acting = matches!(t.tag, Tag::Base)
                || matches!(t.tag, Tag::Noun | Tag::Adjective) && {
                    let before = &tokens[k - usize::from(k > start)];
                    k > start
                        && (before.tag.is_plural()
                            || before.tag == Tag::Number
                            || among("both all others", &before.low))
                };
            // "Two girls in yukata squeeze through"
            let apart = hung
                && t.tag == Tag::Noun
                && tokens[k - 1].tag.is_noun()
                && next.is_some_and(|t| !t.is_break() && t.tag != Tag::Coordinator)
                && lexicon().senses(&t.low).next() == Some(0);
            let second = pair && k == start + 1 && t.tag == Tag::Noun && next.is_some_and(|t| !t.is_break());
            if k > start && plural && (acting || apart || second) && follows && lexicon().is_verb(&t.low) {
                make_verb(&mut tokens[k], Tag::Present);
                break;
            }
            if quantified {
                plural = true;
            }
            match t.tag {
                Tag::Preposition if head => hung = true,
                Tag::Nouns | Tag::Names if !hung => (plural, head) = (true, true),
                Tag::Noun | Tag::Name if !hung => (plural, head) = (quantified || pair, true),
                tag if tag.is_noun()
                    || inside_phrase(tag)
                    || matches!(
                        tag,
                        Tag::Determiner | Tag::Predeterminer | Tag::Possessive | Tag::Number
                    ) => {}
                _ => break,
            }
        }
    }
}

/// "The camera circles …", "Her dog barks …": in a piece without a finite verb, a plural after a known singular subject.
fn find_definite(tokens: &mut [Token], first_seen: &HashMap<String, usize>) {
    for (begin, end) in pieces(tokens) {
        if tokens[begin..end].iter().any(|t| t.tag.is_finite()) {
            continue;
        }
        let start = core_start(tokens, begin, end);
        if start >= end || !matches!(tokens[start].tag, Tag::Determiner | Tag::Possessive) {
            continue;
        }
        let mut j = start + 1;
        while j < end && inside_phrase(tokens[j].tag) && tokens[j].tag != Tag::Adverb {
            j += 1;
        }
        while j < end && tokens[j].tag == Tag::Adverb {
            j += 1;
        }
        if j >= end || j <= start + 1 || !tokens[j].tag.is_plural() || verb_base(&tokens[j].low).is_none() {
            continue;
        }
        let subject = &tokens[j - 1];
        let known = first_seen.get(&subject.lemma).is_some_and(|first| *first < start)
            || kinds().class(&subject.lemma, &subject.low, None).acts();
        let follows = tokens[j + 1..].first().filter(|_| j + 1 < end).is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Adverb
                        | Tag::AdverbComparative
                        | Tag::Particle
                        | Tag::To
                        | Tag::Determiner
                        | Tag::Pronoun
                        | Tag::Possessive
                )
        });
        if known && follows {
            make_verb(&mut tokens[j], Tag::Present3);
        }
    }
}
