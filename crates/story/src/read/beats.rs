//! Cuts the words into events: who-does-what stretches in the order of the film.
//!
//! The tagger errs most on verbs of prompts ("A dog chases", "leaves swirl"), so tags are repaired first; then the text
//! is cut at marks and coordinators, and each piece is judged: a clause of its own, a predicate whose subject was
//! dropped, or a fragment that belongs to its neighbour.

use super::{
    mentions::among,
    repair::{is_participle_form, make_verb, repair, verb_in_disguise},
};
use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{Tag, Token, singular, verb_base},
};

/// How an event was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Subject and finite verb.
    Clause,
    /// A finite verb whose subject is that of the event before.
    Dropped,
    /// A participle whose subject is that of the event before.
    DroppedPassive,
    /// No finite verb.
    Fragment,
    /// A subordinate clause.
    Subordinate,
    /// A noun with a participle: "a cyclist riding".
    Caption,
    /// The same beside a clause: "…, the door closing behind them".
    Absolute,
}

/// One event: a range of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// The first verb of the predicate.
    pub(crate) verb: Option<usize>,
    /// Where the subject stands.
    pub(crate) subject: Option<(usize, usize)>,
    pub(crate) form: Form,
    /// Whether it happens together with the event before ("while").
    pub(crate) simultaneous: bool,
    /// Whether it does not happen: "does not turn", "nobody moves".
    pub(crate) negated: bool,
    passive: bool,
}

/// Longest piece that the rules look at: keeps time linear on text without marks.
pub(super) const PIECE_TOKENS: usize = 120;

const COORDINATORS: [&str; 4] = ["and", "but", "or", "yet"];
const SEQUENCE: [&str; 18] = [
    "then",
    "finally",
    "later",
    "next",
    "afterwards",
    "afterward",
    "suddenly",
    "eventually",
    "subsequently",
    "instead",
    "again",
    "soon",
    "now",
    "immediately",
    "first",
    "slowly",
    "gradually",
    "meanwhile",
];
const SUBORDINATORS: [&str; 22] = [
    "while", "as", "until", "because", "if", "though", "although", "before", "after", "when", "where",
    "whereas", "once", "since", "who", "which", "that", "whose", "so", "with", "like", "unless",
];
pub(super) const SINGULAR_DETERMINERS: [&str; 7] = ["a", "an", "one", "each", "every", "another", "this"];

fn is_coordinator(token: &Token) -> bool {
    COORDINATORS.contains(&token.low.as_str())
}

pub(super) fn is_sequence(token: &Token) -> bool {
    SEQUENCE.contains(&token.low.as_str())
}

fn is_subordinator(token: &Token) -> bool {
    SUBORDINATORS.contains(&token.low.as_str())
        && !matches!(token.low.as_str(), "with" | "like")
        // "That night the sea rose."
        && token.tag != Tag::Determiner
}

/// Tags that may stand between a determiner and the verb that follows the noun phrase.
pub(super) fn inside_phrase(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Noun
            | Tag::Name
            | Tag::Names
            | Tag::Adjective
            | Tag::Comparative
            | Tag::Superlative
            | Tag::Gerund
            | Tag::Participle
            | Tag::Number
            | Tag::Hyphen
            | Tag::Foreign
            | Tag::PossessiveMark
            | Tag::Adverb
    )
}

/// Tags that may follow a verb in the third person.
pub(super) fn may_follow_verb(token: Option<&Token>) -> bool {
    token.is_none_or(|t| {
        t.is_break()
            || t.tag.is_noun()
            || matches!(
                t.tag,
                Tag::Preposition
                    | Tag::Adverb
                    | Tag::AdverbComparative
                    | Tag::Particle
                    | Tag::Determiner
                    | Tag::Pronoun
                    | Tag::Possessive
                    | Tag::To
                    | Tag::Coordinator
                    | Tag::Adjective
                    | Tag::Gerund
                    | Tag::Number
                    | Tag::WhAdverb
                    | Tag::Existential
            )
    })
}

/// The events of the text, in order. Retags words whose part of speech the rules correct.
pub(crate) fn events(tokens: &mut [Token]) -> Vec<Event> {
    repair(tokens);
    let mut events: Vec<Event> = Vec::new();
    let mut pending: Option<usize> = None;
    for (begin, end) in pieces(tokens) {
        let same_sentence = events.last().is_some_and(|event| {
            let last = &tokens[event.end - 1];
            // "hangs there... and drops" goes on.
            tokens[begin].sentence == last.sentence
                || (matches!(last.low.as_str(), "..." | "…") && !tokens[begin].capital)
        });
        let previous = if pending.is_none() && same_sentence { events.last().cloned() } else { None };
        let bare_and = is_coordinator(&tokens[begin]) && begin > 0 && !tokens[begin - 1].is_break();
        let (mut form, mut verb, subject) = analyse(tokens, begin, end, previous.as_ref());
        // "…," says the woman.
        let core = core_start(tokens, begin, end);
        if form == Form::Fragment
            && pending.is_none()
            && core < end
            && tokens[core].tag.is_finite()
            && (super::script::is_saying(&tokens[core].lemma) || hoots(tokens, core))
        {
            (form, verb) = (Form::Clause, Some(core));
        }
        let seq = tokens[begin..end.min(begin + 3)].iter().any(|t| {
            matches!(
                t.low.as_str(),
                "then" | "finally" | "next" | "afterwards" | "later" | "subsequently" | "eventually"
            )
        });
        // "laundry swaying between balconies, an old man leaning out": each is an event of its own.
        if form == Form::Fragment
            && let Some((verb, head)) = absolute(tokens, begin, end)
        {
            let standing = pending.take();
            if let Some(from) = standing {
                events.push(event(tokens, from, begin, None, None, Form::Fragment));
            }
            let start = core_start(tokens, begin, end);
            let form = if events.last().is_some_and(|e| tokens[e.end - 1].sentence == tokens[begin].sentence)
            {
                Form::Absolute
            } else {
                Form::Caption
            };
            events.push(event(tokens, begin, end, Some(verb), Some((start, head + 1)), form));
            continue;
        }
        // "The goalkeeper, a tall woman in yellow gloves, bounces": the noun phrase has waited for its verb.
        if form == Form::Fragment
            && let Some(from) = pending
        {
            let core = core_start(tokens, begin, end);
            let helps = tokens
                .get(core + 1)
                .is_some_and(|t| matches!(t.tag, Tag::Gerund | Tag::Participle | Tag::Adverb));
            // "…, tears basil leaves": a verb in the clothes of a plural.
            let disguised = core < end
                && core > 0
                && tokens[core - 1].low == ","
                && verb_in_disguise(&tokens[core])
                && may_follow_verb(tokens.get(core + 1))
                && tokens.get(core + 1).is_none_or(|t| t.low != "of" && !t.is_break());
            let finite = core < end && tokens[core].tag.is_finite() && (tokens[core].lemma != "be" || helps);
            if (finite || disguised) && waits_for_verb(tokens, from, begin) {
                if disguised {
                    make_verb(&mut tokens[core], Tag::Present3);
                }
                pending = None;
                let timed = TEMPORAL.contains(&tokens[from].low.as_str());
                events.push(event(
                    tokens,
                    from,
                    end,
                    Some(core),
                    Some((core_start(tokens, from + usize::from(timed), begin), begin)),
                    Form::Clause,
                ));
                continue;
            }
        }
        let weak = matches!(form, Form::Fragment | Form::Subordinate);
        let closes = tokens[end - 1].is_stop() || tokens[end - 1].is_newline() || end == tokens.len();
        let make = |begin| event(tokens, begin, end, verb, subject, form);
        // "…; a puddle, two lumps of coal and the tie lie": what stands behind a strong mark is no part of what was before,
        // nor is the noun phrase behind the subordinate clause that opens a sentence: "While it sets, the girl, six …".
        let opens = form == Form::Fragment
            && begin > 0
            && (matches!(tokens[begin - 1].low.as_str(), ";" | ":" | "—" | "–" | "--")
                || tokens[begin - 1].low == ","
                    && events.last().is_some_and(|event| opened_by_time(tokens, event)))
            && opens_phrase(tokens, core_start(tokens, begin, end), end);
        // "… while her grandson, a boy of five, licks": the clause of time still lacks its verb.
        let lacks = form == Form::Subordinate
            && !closes
            && tokens[end - 1].low == ","
            && matches!(tokens[begin].low.as_str(), "while" | "when" | "until" | "as")
            && opens_phrase(tokens, begin + 1, end)
            && !tokens[begin..end].iter().any(|t| t.tag.is_finite() || t.tag == Tag::Gerund)
            && (tokens[begin].low != "as" || tokens[begin + 1].low != "a");
        if weak && (pending.is_some() || !same_sentence || (opens && !closes) || lacks) {
            // A fragment waits for the clause it opens; on its own it is an event.
            let from = *pending.get_or_insert(begin);
            if closes {
                events.push(make(from));
                pending = None;
            }
            continue;
        }
        if let Some(from) = pending.take() {
            // "A fox and a cat play": the pieces before are part of the subject when a coordinator joins them on.
            let joined = is_coordinator(&tokens[begin])
                && !tokens[from..begin].iter().any(|t| {
                    // "A woman wearing a coat and a scarf": what is worn and held is no event.
                    let has = t.tag == Tag::Gerund && among("wear carry hold", &t.lemma);
                    t.tag.is_verb() && t.tag != Tag::Participle && !has
                        || t.tag == Tag::Preposition && t.low != "of" && t.low != "in" && t.low != "with"
                });
            let subject =
                subject.map(
                    |(first, end)| if joined { (core_start(tokens, from, begin), end) } else { (first, end) },
                );
            events.push(event(tokens, from, end, verb, subject, form));
            continue;
        }
        let finite = verb.is_some_and(|k| {
            // "The wolves stop and howl" goes on; "She wants to stop and rest" is one wish.
            let plain = tokens[k].tag == Tag::Base
                && previous.as_ref().is_some_and(|event| {
                    tokens[event.begin..event.end].iter().all(|t| !matches!(t.tag, Tag::To | Tag::Modal))
                });
            (tokens[k].tag.is_finite() || plain) && tokens[k].lemma != "be"
        });
        let new = match form {
            _ if !same_sentence => true,
            Form::Clause => true,
            Form::Dropped | Form::DroppedPassive => {
                !bare_and
                    || seq
                    || finite
                    || verb.is_some_and(|k| tokens[k].tag == Tag::Gerund)
                        && previous.as_ref().is_some_and(|event| is_progressive(tokens, event))
            }
            _ => false,
        };
        if new {
            events.push(make(begin));
        } else if let Some(last) = events.last_mut() {
            last.end = end;
            if last.verb.is_none() && verb.is_some() {
                (last.verb, last.subject, last.form) = (verb, subject, form);
            }
        }
    }
    if let Some(from) = pending {
        events.push(event(tokens, from, tokens.len(), None, None, Form::Fragment));
    }
    for event in &mut events {
        caption(tokens, event);
        let finite = event.verb;
        event.verb = main_verb(tokens, event);
        event.negated = is_negated(tokens, event, finite);
    }
    events
}

/// Whether a verb without a capital opens a sentence and a noun phrase follows: "…!" hooted the ferry.
fn hoots(tokens: &[Token], verb: usize) -> bool {
    let opens = verb == 0 || tokens[verb - 1].sentence != tokens[verb].sentence;
    opens
        && tokens[0].capital
        && !tokens[verb].capital
        && tokens
            .get(verb + 1)
            .is_some_and(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Name))
}

/// Whether the pieces since `from` are a noun phrase that still lacks its verb.
fn waits_for_verb(tokens: &[Token], from: usize, begin: usize) -> bool {
    let waiting = &tokens[from.max(begin.saturating_sub(PIECE_TOKENS))..begin];
    waiting.iter().any(|t| t.tag.is_noun() || among("one other older younger", &t.low))
        && !waiting.iter().any(|t| t.tag.is_finite())
        && (tokens[from].tag != Tag::Preposition || second_phrase(tokens, from, begin).is_some())
}

/// Whether the event's verb goes on: "was sitting", also as a dropped one.
fn is_progressive(tokens: &[Token], event: &Event) -> bool {
    event.verb.is_some_and(|verb| {
        tokens[verb].tag == Tag::Gerund && event.form == Form::Dropped
            || tokens[verb].lemma == "be"
                && tokens[verb + 1..event.end].iter().take(3).any(|t| t.tag == Tag::Gerund)
    })
}

/// Whether the event is a clause of time that opens its sentence.
fn opened_by_time(tokens: &[Token], event: &Event) -> bool {
    let opens = event.begin == 0 || tokens[event.begin - 1].sentence != tokens[event.begin].sentence;
    opens && event.form == Form::Clause && TEMPORAL.contains(&tokens[event.begin].low.as_str())
}

/// Whether a noun phrase with a determiner begins at `start`.
fn opens_phrase(tokens: &[Token], start: usize, end: usize) -> bool {
    start < end
        && matches!(tokens[start].tag, Tag::Determiner | Tag::Possessive | Tag::Number | Tag::Predeterminer)
        && tokens[start..end].iter().any(|t| t.tag.is_noun())
}

/// Where the second noun phrase begins, when the first hangs on a preposition at `begin`: "At dawn the raven".
pub(super) fn second_phrase(tokens: &[Token], begin: usize, end: usize) -> Option<usize> {
    let mut noun = false;
    for k in begin + 1..end {
        let t = &tokens[k];
        let pronoun = t.tag == Tag::Pronoun;
        let counted = t.tag == Tag::Number
            && tokens[k - 1].tag.is_noun()
            && tokens.get(k + 1).is_some_and(|t| t.tag.is_noun() || t.tag.is_adjective())
            && t.low.starts_with(char::is_alphabetic);
        let opens = counted
            || matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Predeterminer)
            || (pronoun && matches!(t.low.as_str(), "he" | "she" | "it" | "they" | "i" | "we" | "you"))
            || (noun && tokens[k - 1].tag == Tag::Pronoun && t.tag.is_noun());
        let governed = matches!(tokens[k - 1].tag, Tag::Preposition | Tag::To | Tag::Predeterminer);
        if noun && opens && !governed {
            return Some(k);
        }
        noun |= t.tag.is_noun() || t.tag == Tag::Number || pronoun;
    }
    None
}

fn event(
    tokens: &[Token],
    begin: usize,
    end: usize,
    verb: Option<usize>,
    subject: Option<(usize, usize)>,
    form: Form,
) -> Event {
    let words = &tokens[begin..end];
    let passive = form == Form::DroppedPassive
        || (words.iter().any(|t| t.tag == Tag::Participle)
            && words
                .iter()
                .any(|t| matches!(t.low.as_str(), "is" | "are" | "was" | "were" | "be" | "been" | "gets")));
    let simultaneous =
        words.iter().take(2).any(|t| matches!(t.low.as_str(), "while" | "meanwhile" | "simultaneously"))
            || words.first().is_some_and(|t| t.low == "as")
            || form == Form::Absolute;
    Event { begin, end, verb, subject, form, simultaneous, negated: false, passive }
}

/// Cuts at marks and coordinators. Every piece holds at least one token.
pub(super) fn pieces(tokens: &[Token]) -> Vec<(usize, usize)> {
    let mut cuts = vec![0];
    // Whether the piece is a clause of time, and whether it has its verb.
    let (mut timed, mut whole) = (false, false);
    let mut counted = 0;
    for (i, token) in tokens.iter().enumerate() {
        let after_break = i > 0 && tokens[i - 1].is_break();
        if counted != cuts.len() {
            counted = cuts.len();
            let first = cuts.last().copied().unwrap_or(0);
            timed = tokens.get(first).is_some_and(|t| TEMPORAL.contains(&t.low.as_str()) && t.low != "so");
            whole = false;
        }
        // "When the bell rings they run": the main clause begins with its pronoun.
        let main = timed
            && whole
            && matches!(token.low.as_str(), "he" | "she" | "they" | "we" | "i")
            && !(tokens[i - 1].tag == Tag::Preposition
                && tokens[i - 1].low != "in"
                && tokens[i - 1].low != "out")
            && !matches!(
                tokens[i - 1].tag,
                Tag::Coordinator | Tag::WhPronoun | Tag::WhAdverb | Tag::WhDeterminer | Tag::Determiner
            )
            && !among("see know think hear feel notice realize say hope find watch", &tokens[i - 1].lemma)
            && tokens.get(i + 1).is_some_and(|t| t.tag.is_finite() || t.tag == Tag::Adverb);
        whole |= token.tag.is_finite();
        if token.is_break() {
            cuts.push(i + 1);
        } else if i > 0
            && !after_break
            && ((token.low == "then" && !is_coordinator(&tokens[i - 1]))
                || matches!(token.low.as_str(), "and" | "but")
                || main
                || opens_clause(tokens, i))
            || i - cuts.last().copied().unwrap_or(0) >= PIECE_TOKENS
        {
            cuts.push(i);
        }
    }
    cuts.push(tokens.len());
    cuts.dedup();
    cuts.windows(2).filter(|w| w[1] > w[0]).map(|w| (w[0], w[1])).collect()
}

/// Conjunctions of time, whose clauses are events of their own.
pub(super) const TEMPORAL: [&str; 11] =
    ["while", "as", "until", "till", "when", "whenever", "once", "before", "after", "so", "whereupon"];

/// Whether a conjunction of time at `i` opens a clause with a subject and a verb of its own.
fn opens_clause(tokens: &[Token], i: usize) -> bool {
    if !TEMPORAL.contains(&tokens[i].low.as_str())
        || !matches!(tokens[i].tag, Tag::Preposition | Tag::WhAdverb | Tag::Adverb | Tag::Coordinator)
    {
        return false;
    }
    let mut noun = false;
    for token in tokens[i + 1..].iter().take(14) {
        if token.is_break() || token.tag == Tag::Coordinator && noun {
            return false;
        }
        if noun && token.tag.is_finite() {
            return true;
        }
        if matches!(token.tag, Tag::WhPronoun | Tag::WhDeterminer) {
            return false;
        }
        noun |= token.tag.is_noun()
            || token.tag == Tag::Pronoun
            || token.tag == Tag::Number
            || among("other one both third second others all", &token.low);
    }
    false
}

/// First word of a piece after coordinators, sequence words and adverbs.
pub(super) fn core_start(tokens: &[Token], begin: usize, end: usize) -> usize {
    (begin..end)
        .find(|k| {
            let token = &tokens[*k];
            !(token.tag == Tag::Space
                || is_coordinator(token)
                || is_sequence(token)
                || matches!(token.tag, Tag::Adverb | Tag::AdverbComparative | Tag::Coordinator)
                || token.low == ",")
        })
        .unwrap_or(end)
}

/// A noun phrase, perhaps with a phrase hung on it, and then a participle: the verb and the head.
fn absolute(tokens: &[Token], begin: usize, end: usize) -> Option<(usize, usize)> {
    let start = core_start(tokens, begin, end);
    let named = |tag| {
        inside_phrase(tag) && tag != Tag::Gerund
            || matches!(tag, Tag::Nouns | Tag::Determiner | Tag::Predeterminer | Tag::Possessive)
    };
    let mut k = start;
    while k < end && named(tokens[k].tag) {
        k += 1;
    }
    let head = k.checked_sub(1).filter(|h| *h >= start && tokens[*h].tag.is_noun())?;
    // "an old man in a flat cap leaning out"
    if k < end && matches!(tokens[k].low.as_str(), "in" | "with" | "of" | "on") {
        let mut j = k + 1;
        while j < end && named(tokens[j].tag) {
            j += 1;
        }
        if j > k + 1 && tokens[j - 1].tag.is_noun() {
            k = j;
        }
    }
    while k < end && tokens[k].tag == Tag::Adverb {
        k += 1;
    }
    let verb = tokens.get(k).filter(|t| k < end && t.tag == Tag::Gerund)?;
    (!among("wearing being having including containing featuring", &verb.low)).then_some((k, head))
}

type Judgement = (Form, Option<usize>, Option<(usize, usize)>);

/// Judges a piece: its form, the verb, and where the subject stands.
fn analyse(tokens: &mut [Token], begin: usize, end: usize, previous: Option<&Event>) -> Judgement {
    const NOTHING: Judgement = (Form::Fragment, None, None);
    let start = core_start(tokens, begin, end);
    if start >= end {
        return NOTHING;
    }
    let coordinated = tokens[begin..start].iter().any(is_coordinator);
    let seq = tokens[begin..start]
        .iter()
        .any(|t| is_sequence(t) && !matches!(t.low.as_str(), "slowly" | "gradually" | "again" | "now"));
    let first = &tokens[start];
    if opens_clause(tokens, start) || is_subordinator(first) {
        let temporal = opens_clause(tokens, start) || (first.low == "so" && previous.is_some());
        if temporal && tokens.get(start + 1).is_some_and(|t| t.low != "that") {
            let finite = (start + 1..end).find(|k| tokens[*k].tag.is_finite());
            if let Some(k) = finite.filter(|k| *k > start + 1) {
                return (Form::Clause, Some(k), Some((start + 1, k)));
            }
        }
        return (Form::Subordinate, None, None);
    }
    let is_relative = |t: &Token| matches!(t.tag, Tag::WhPronoun | Tag::WhDeterminer | Tag::WhPossessive);
    let relative = (start + 1..end).find(|k| is_relative(&tokens[*k]));
    let finite: Vec<usize> = (start..end).filter(|k| tokens[*k].tag.is_finite()).collect();
    let main_finite = finite.iter().any(|k| relative.is_none_or(|r| *k < r));
    if let Some(previous) = previous {
        let after_to = start > 0 && tokens[start - 1].tag == Tag::To;
        if first.tag.is_finite() || (first.tag == Tag::Base && !after_to) {
            return (Form::Dropped, Some(start), None);
        }
        if first.tag == Tag::Participle && (previous.passive || coordinated || seq) {
            return (Form::DroppedPassive, Some(start), None);
        }
        if first.tag == Tag::Gerund && (seq || coordinated && is_progressive(tokens, previous)) {
            return (Form::Dropped, Some(start), None);
        }
        let noun_like = first.tag.is_noun() || matches!(first.tag, Tag::Preposition | Tag::Adjective);
        if !main_finite && noun_like && first.low.ends_with('s') && verb_base(&first.low).is_some() {
            let next = tokens.get(start + 1).filter(|_| start + 1 < end);
            // ", boots breaking the ice"
            let absolute = next.is_some_and(is_participle_form)
                && !among(
                    "start begin keep stop love try finish avoid continue come go",
                    &singular(&first.low),
                );
            let actor = absolute || first.tag.is_plural() && !verb_in_disguise(first);
            let bare_list = next.is_none_or(|t| t.is_break() || t.tag == Tag::Coordinator);
            let after_noun = begin >= 2
                && tokens[begin - 1].tag == Tag::Noun
                && tokens[begin.saturating_sub(4)..begin - 1]
                    .iter()
                    .any(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive));
            let verb_like = !bare_list
                || after_noun
                || !coordinated
                || seq
                || end == tokens.len()
                || begin.checked_sub(1).is_some_and(|k| tokens[k].low == ",");
            if !actor && may_follow_verb(next) && next.is_none_or(|t| t.low != "of") && verb_like {
                make_verb(&mut tokens[start], Tag::Present3);
                return (Form::Dropped, Some(start), None);
            }
        }
    }
    let first = &tokens[start];
    if first.low == "not" {
        return NOTHING;
    }
    for &k in &finite {
        // A finite verb inside a relative clause opened in this piece is not the piece's own.
        let opener = (start..k).find(|j| {
            let t = &tokens[*j];
            is_relative(t)
                || t.tag == Tag::WhAdverb
                || (is_subordinator(t)
                    && t.tag == Tag::Preposition
                    && !matches!(t.low.as_str(), "after" | "before" | "since" | "as"))
        });
        if let Some(o) = opener.filter(|o| !tokens[start..*o].iter().any(|t| t.tag.is_finite())) {
            // "the rain that has threatened all day comes": behind the verb of the relative clause stands the main one.
            let own = finite.iter().copied().find(|f| *f > o && *f < k);
            let main = is_relative(&tokens[o])
                && tokens[start..o].iter().any(|t| t.tag.is_noun())
                && own.is_some_and(|own| {
                    tokens[k].tag != Tag::Modal
                        && !tokens[own + 1..k].iter().any(|t| {
                            matches!(
                                t.tag,
                                Tag::Coordinator
                                    | Tag::Pronoun
                                    | Tag::WhAdverb
                                    | Tag::WhPronoun
                                    | Tag::WhDeterminer
                            ) || t.is_break()
                        })
                });
            if main {
                return (Form::Clause, Some(k), Some((start, o)));
            }
            continue;
        }
        let has_subject = tokens[start..k].iter().any(|t| {
            t.tag.is_noun()
                || matches!(
                    t.tag,
                    Tag::Pronoun
                        | Tag::Determiner
                        | Tag::Number
                        | Tag::Existential
                        | Tag::Adjective
                        | Tag::Gerund
                        | Tag::WhPronoun
                )
        });
        if has_subject {
            return (Form::Clause, Some(k), Some((start, k)));
        }
    }
    if finite.is_empty() {
        // "tiny planets orbit": plural noun, then a word that is also a verb.
        for k in start + 1..end {
            let follows = tokens.get(k + 1).filter(|_| k + 1 < end).is_none_or(|t| {
                t.is_break() || matches!(t.tag, Tag::Preposition | Tag::Adverb | Tag::Particle)
            });
            if matches!(tokens[k].tag, Tag::Noun | Tag::Base | Tag::Adjective)
                && lexicon().is_verb(&tokens[k].low)
                && (tokens[k - 1].tag.is_plural()
                    || (coordinated && tokens[k - 1].tag.is_noun() && k > start + 1))
                && follows
            {
                make_verb(&mut tokens[k], Tag::Present);
                return (Form::Clause, Some(k), Some((start, k)));
            }
        }
    }
    NOTHING
}

/// "A cyclist riding …", "A seed that sprouts …": a noun phrase with a participle or a relative clause is the event.
fn caption(tokens: &[Token], event: &mut Event) {
    if event.subject.is_some() || !matches!(event.form, Form::Fragment | Form::Subordinate) {
        return;
    }
    let Some(noun) = (event.begin..event.end.min(event.begin + 24)).find(|k| tokens[*k].tag.is_noun()) else {
        return;
    };
    let begin = (event.begin..noun)
        .rev()
        .take_while(|k| {
            inside_phrase(tokens[*k].tag) || matches!(tokens[*k].tag, Tag::Determiner | Tag::Possessive)
        })
        .last()
        .unwrap_or(noun);
    let mut head = noun;
    while head + 1 < event.end
        && (tokens[head + 1].tag.is_noun()
            || matches!(tokens[head + 1].tag, Tag::Hyphen | Tag::PossessiveMark))
    {
        head += 1;
    }
    let asks = (head + 1..event.end).find(|k| tokens[*k].tag == Tag::WhAdverb).unwrap_or(event.end);
    let verb = (head + 1..asks).find(|k| {
        let gerund = tokens[*k].tag == Tag::Gerund
            && !matches!(tokens[*k - 1].tag, Tag::Determiner | Tag::Preposition | Tag::Adjective);
        gerund || tokens[*k].tag.is_finite()
    });
    if let Some(verb) = verb {
        (event.verb, event.subject, event.form) = (Some(verb), Some((begin, head + 1)), Form::Caption);
    }
}

/// "does not turn", "never looks", "doesnt look", "nobody moves", "neither speaks".
fn is_negated(tokens: &[Token], event: &Event, finite: Option<usize>) -> bool {
    let (Some(finite), Some(verb)) = (finite, event.verb) else { return false };
    let around = &tokens[finite.saturating_sub(2).max(event.begin)..=verb.max(finite)];
    let denied = around.iter().any(|t| {
        matches!(
            t.low.as_str(),
            "not"
                | "n't"
                | "n’t"
                | "never"
                | "nt"
                | "cannot"
                | "doesnt"
                | "dont"
                | "didnt"
                | "isnt"
                | "wont"
                | "cant"
                | "hardly"
        )
    });
    let nobody = event.subject.is_some_and(|(begin, end)| {
        tokens[begin..end].iter().any(|t| matches!(t.low.as_str(), "nobody" | "neither" | "none" | "nothing"))
            || tokens.get(begin).is_some_and(|t| t.low == "no")
    });
    denied || nobody
}

/// The verb that carries the meaning: past helpers ("is walking") and beginnings ("starts to run").
fn main_verb(tokens: &[Token], event: &Event) -> Option<usize> {
    let Some(mut k) = event.verb else {
        // "Walking through the woods.": a participle that leads; one further in belongs to its noun.
        return (event.begin..event.end)
            .find(|k| {
                let t = &tokens[*k];
                !(t.is_break() || matches!(t.tag, Tag::Adverb | Tag::Coordinator | Tag::To | Tag::Space))
            })
            .filter(|k| matches!(tokens[*k].tag, Tag::Gerund | Tag::Participle | Tag::Base))
            // "Cooking lesson" and "floating market" name something.
            .filter(|k| {
                let names = |t: &Token| {
                    matches!(t.tag, Tag::Noun | Tag::Name)
                        && matches!(kinds().class(&t.lemma, &t.low, None), Class::Abstract | Class::Place)
                };
                tokens[*k].tag != Tag::Gerund || !tokens.get(k + 1).is_some_and(names)
            })
            // "Muted palette" does nothing.
            .filter(|k| {
                tokens[*k].tag != Tag::Participle || !tokens.get(k + 1).is_some_and(|t| t.tag.is_noun())
            });
    };
    let skip = |from: usize, also_to: bool| {
        (from..event.end)
            .find(|j| {
                let tag = tokens[*j].tag;
                !(matches!(tag, Tag::Adverb | Tag::AdverbComparative) || also_to && tag == Tag::To)
            })
            .unwrap_or(event.end)
    };
    loop {
        let helper =
            tokens[k].tag == Tag::Modal || matches!(tokens[k].lemma.as_str(), "be" | "have" | "do" | "get");
        let next = skip(k + 1, false);
        let carries = next < event.end
            && matches!(tokens[next].tag, Tag::Participle | Tag::Gerund | Tag::Base | Tag::Past);
        // "has to duck", "is going to jump", "is about to fall"
        let obliged = (tokens[k].lemma == "have" && next < event.end && tokens[next].tag == Tag::To)
            .then(|| skip(next + 1, false))
            .or_else(|| {
                let about = next + 1 < event.end
                    && matches!(tokens[next].low.as_str(), "going" | "about" | "ready")
                    && tokens[next + 1].tag == Tag::To;
                (tokens[k].lemma == "be" && about).then(|| skip(next + 2, false))
            })
            .filter(|verb| *verb < event.end && tokens[*verb].tag == Tag::Base);
        if let Some(verb) = obliged.filter(|_| helper) {
            k = verb;
            continue;
        }
        // "He is gone" tells how things are.
        let gone = tokens[k].lemma == "be" && next < event.end && tokens[next].low == "gone";
        if !helper || !carries || gone {
            break;
        }
        k = next;
    }
    // "goes on eating"
    if tokens[k].lemma == "go"
        && k + 2 < event.end
        && tokens[k + 1].low == "on"
        && (tokens[k + 2].tag == Tag::Gerund
            || tokens[k + 2].tag == Tag::To && tokens.get(k + 3).is_some_and(|t| t.tag == Tag::Base))
    {
        k += if tokens[k + 2].tag == Tag::Gerund { 2 } else { 3 };
    }
    if matches!(
        tokens[k].lemma.as_str(),
        "keep"
            | "start"
            | "begin"
            | "continue"
            | "try"
            | "attempt"
            | "struggle"
            | "proceed"
            | "manage"
            | "seem"
    ) {
        let next = skip(k + 1, true);
        if next < event.end && matches!(tokens[next].tag, Tag::Gerund | Tag::Base) {
            k = next;
        }
    }
    Some(k)
}
