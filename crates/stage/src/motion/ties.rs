//! What binds one performer to another: a rider to a seat, a thing to a hand, a candle to a table.
//!
//! A beat names things by the ids of the cast or by plain words ("guitar"). Words that the table of things knows become
//! members of the shot of their own here, which belong to whoever acts with them.

use film::{CastMember, Id, Relation, ShotOrder};
use glam::{Vec2, Vec3};

use super::change::{Change, changes};
use super::clip::{Clip, Ground, Handling};
use super::tracks::Group;
use super::verbs::{Doing, Use, Verbs, Way};
use crate::cast::thing::{Stands, Thing};
use crate::cast::{Cast, Kind, Performer};

/// What a performer is bound to. Numbers are performers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tie {
    /// On a seat of a thing.
    Seat { on: usize, seat: usize },
    /// In somebody's hands, and what is done with it there.
    Hand { of: usize, handling: Handling },
    /// Before somebody's right foot.
    Foot { of: usize },
    /// On the top of a thing.
    Top { of: usize },
    /// On wheels before somebody who pushes it.
    Ahead { of: usize },
    /// On wheels or runners behind those who pull it.
    Behind { of: usize },
}

impl Tie {
    /// What it is bound to.
    pub(super) fn to(self) -> usize {
        match self {
            Tie::Seat { on, .. } => on,
            Tie::Hand { of, .. }
            | Tie::Foot { of }
            | Tie::Top { of }
            | Tie::Ahead { of }
            | Tie::Behind { of } => of,
        }
    }
}

/// Where a group stands because of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Near {
    /// The other group.
    pub(super) to: usize,
    pub(super) how: How,
}

/// How a group stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Within reach of somebody who deals with it.
    Reach,
    /// Breast to breast.
    Touch,
    /// Face to face, within arm's reach of each other.
    Hands,
    /// Before somebody who climbs it.
    Grip,
    Under,
    Behind,
    Before,
    Beside,
}

impl How {
    /// How the other stands to it.
    pub(super) fn reverse(self) -> How {
        match self {
            How::Behind => How::Before,
            How::Before => How::Behind,
            same => same,
        }
    }
}

/// A shot whose beats name things only by ids.
pub(super) struct Extended {
    /// The order, with the things of plain words at the end of its cast.
    pub(super) order: ShotOrder,
    /// For each member of its cast, the member that it belongs to in the original.
    pub(super) owner: Vec<usize>,
}

/// In metres: what is higher on its wheels is not walked with when it is pushed.
const PUSHED_M: f32 = 1.5;

/// In metres: what is higher is not pulled along.
const PULLED_M: f32 = 3.0;

/// Who sits on one of these has no other seat.
const GROUND: &str = "floor ground grass carpet rug sand rock stone boulder steps stairs edge roof log under against blanket wall";

/// In metres: what is lower than this is not climbed hand over hand.
const CLIMBED_M: f32 = 1.6;

/// Most things that plain words add to a shot.
const MOST_ADDED: usize = 24;

/// Gives the things that beats name by plain words a place in the cast.
pub(super) fn extend(cast: &Cast, verbs: &Verbs, order: &ShotOrder) -> Extended {
    let mut out = order.clone();
    let mut owner: Vec<usize> = (0..order.cast.len()).collect();
    let member = |id: &Id| order.cast.iter().position(|m| m.id == *id);
    // Things, and what somebody rides.
    let kind_of = |word: &str, rides: bool| {
        cast.thing_or_like(word).or_else(|| rides.then(|| cast.species_of(word)).flatten())
    };
    let mut add =
        |out: &mut Vec<CastMember>, actor: usize, word: &str, text: &str, sat: bool| -> Option<String> {
            let kind = kind_of(word, true)?;
            let own = |k: &usize| {
                // A thing is one thing, however often it is named.
                owner[*k] == actor
                    && *k >= order.cast.len()
                    && kind_of(&out[*k].kind, true) == Some(kind.clone())
            };
            if let Some(k) = (0..out.len()).find(own) {
                return Some(out[k].id.as_str().to_owned());
            }
            if owner.len() >= order.cast.len() + MOST_ADDED {
                return None;
            }
            let count = order.cast[actor].count;
            let (held, seats) = cast.thing_use(&kind);
            let count = if held {
                count
            } else if sat {
                count.div_ceil(seats.max(1) as u32)
            } else {
                1
            };
            let id = Id::new(format!("thing-{}", owner.len())).ok()?;
            let name = described(word, text);
            out.push(CastMember {
                id: id.clone(),
                name,
                kind: word.to_owned(),
                count: if held || seats > 0 || matches!(kind, Kind::Species(_)) { count } else { 1 },
                appearance: film::Appearance::default(),
                model: None,
                spans: vec![],
                sources: film::Sources::default(),
                extra: film::Extra::default(),
            });
            owner.push(actor);
            Some(id.as_str().to_owned())
        };
    // Whether somebody leaves their seat in the shot.
    let goes = |who: &Id| {
        order.shot.beats.iter().filter(|beat| beat.who.contains(who)).any(|beat| {
            verbs.read(&beat.action, &beat.text).is_some_and(|d| {
                let on_feet = matches!(
                    d.clip,
                    Some(
                        Clip::Dance
                            | Clip::Jump
                            | Clip::Punch
                            | Clip::Kick
                            | Clip::Hug
                            | Clip::Kiss
                            | Clip::Cheer
                            | Clip::Throw
                            | Clip::Fall
                            | Clip::Kneel
                            | Clip::Shake
                    )
                );
                d.way != Way::Stay || on_feet || !matches!(d.with, Use::Any | Use::By | Use::On)
            })
        })
    };
    for beat in &mut out.shot.beats {
        bring_along(cast, verbs, order, beat);
    }
    for k in 0..out.shot.beats.len() {
        let beat = out.shot.beats[k].clone();
        let Some(actor) = beat.who.iter().find_map(&member) else { continue };
        let by_person = cast.kind(&order.cast[actor]) == Some(Kind::Person);
        // Who sits at a table has a chair; who sits on it has none.
        let on_it = |word: &str| beat.placements.iter().any(|p| p.how == Relation::On && p.to == word);
        let meant = |word| if by_person && !on_it(word) { verbs.meant(&beat.action, word) } else { word };
        let words: Vec<&str> = beat.what.iter().map(|word| meant(word.as_str())).collect();
        // A cake has its own candles.
        let kinds: Vec<Option<Kind>> = words.iter().map(|word| cast.thing_or_like(word)).collect();
        let is_part = |n: usize| {
            let whole = |k: &Kind| kinds[n].as_ref().is_some_and(|part| cast.thing_has(k, part));
            kinds.iter().flatten().any(whole)
        };
        let doing = verbs.read(&beat.action, &beat.text);
        let rides = doing.is_some_and(|doing| doing.with == Use::Ride);
        // Three who look at a chair look at one.
        let sat = doing.is_none_or(|doing| !matches!(doing.with, Use::By | Use::Carry));
        // What is poured is in the hand; what it is poured into stands on the table.
        let least = doing.map_or(usize::MAX, |doing| match doing.with {
            Use::Table => 1,
            Use::Pour => 2,
            _ => usize::MAX,
        });
        let set_down = |kind: &&Option<Kind>| kind.as_ref().is_some_and(|k| cast.thing_use(k).0);
        // What somebody stands behind is on a table before them, if it is small.
        let least =
            if by_person && stands_behind(cast, &beat, order.cast[actor].id.as_str()) { 1 } else { least };
        if kinds.iter().filter(set_down).count() >= least
            && let Some(id) = add(&mut out.cast, actor, "table", "small table", false)
        {
            out.shot.beats[k].what.push(id);
        }
        for (n, word) in words.into_iter().enumerate() {
            if order.cast.iter().any(|m| m.id.as_str() == word)
                || is_part(n)
                || kind_of(word, rides).is_none()
            {
                continue;
            }
            if let Some(id) = add(&mut out.cast, actor, word, &beat.text, sat) {
                out.shot.beats[k].what[n] = id;
            }
        }
        // Who reads in a park does so on a bench, unless they sit on something else or go somewhere.
        let text = beat.text.to_lowercase();
        // "Types on a laptop" says nothing of a seat.
        let held = |word: &str| cast.thing_or_like(word).is_some_and(|kind| cast.thing_use(&kind).0);
        let own = |p: &film::Placement| {
            p.how == Relation::On && p.what == order.cast[actor].id.as_str() && !held(&p.to)
        };
        let on_something =
            beat.placements.iter().any(own) || GROUND.split(' ').any(|word| text.contains(word));
        let has_seat = kinds.iter().flatten().any(|kind| cast.thing_use(kind).1 > 0);
        if by_person
            && !on_something
            && !has_seat
            && !goes(&order.cast[actor].id)
            && let Some(seat) = verbs.seat_for(&beat.action, &order.place.kind)
            && let Some(id) = add(&mut out.cast, actor, seat, seat, true)
        {
            out.shot.beats[k].what.push(id);
        }
        for (n, placement) in beat.placements.iter().enumerate() {
            let is_member = |word: &String| order.cast.iter().any(|m| m.id.as_str() == *word);
            let named = |word: &String| {
                let kind = cast.thing_or_like(word);
                beat.what.contains(word)
                    || kind.is_some_and(|k| {
                        cast.has_top(&k) || placement.how != Relation::On && !cast.thing_use(&k).0
                    })
            };
            let mut id = |word: &String| {
                // What the verb made of the word: the table that one sits at has chairs.
                if let Some(n) = beat.what.iter().position(|what| what == word) {
                    return Some(out.shot.beats[k].what[n].clone());
                }
                let new = !is_member(word) && named(word);
                new.then(|| add(&mut out.cast, actor, word, &beat.text, sat)).flatten()
            };
            let (what, to) = (id(&placement.what), id(&placement.to));
            let out = &mut out.shot.beats[k].placements[n];
            (out.what, out.to) =
                (what.unwrap_or_else(|| out.what.clone()), to.unwrap_or_else(|| out.to.clone()));
        }
    }
    for (k, one) in order.cast.iter().enumerate().filter(|(_, one)| cast.kind(one) == Some(Kind::Person)) {
        let Some(seat) = verbs.seat_in(&order.place.kind, &one.name) else { continue };
        if goes(&one.id) {
            continue;
        }
        if let Some(id) = add(&mut out.cast, k, seat, seat, true) {
            // They sit down before anything else happens, and take no time for it.
            let sit = film::Beat {
                who: vec![one.id.clone()],
                action: "sit".into(),
                what: vec![id],
                ..film::Beat::default()
            };
            if let Some(first) = out.shot.beats.first_mut() {
                first.simultaneous = true;
            }
            out.shot.beats.insert(0, sit);
        }
    }
    for one in order.cast.iter().filter(|one| cast.kind(one) == Some(Kind::Person)) {
        let asleep =
            one.name.split(' ').any(|word| matches!(word, "sleeping" | "asleep" | "dozing" | "snoozing"));
        let acts = order.shot.beats.iter().any(|beat| beat.who.contains(&one.id));
        if asleep && !acts {
            let k = member(&one.id).unwrap_or_default();
            let seat = verbs.seat_for("sleep", &order.place.kind);
            let what = seat.and_then(|seat| add(&mut out.cast, k, seat, seat, true)).into_iter().collect();
            let who = vec![one.id.clone()];
            let sleep =
                film::Beat { who, action: "sleep".into(), what, simultaneous: true, ..film::Beat::default() };
            out.shot.beats.push(sleep);
        }
    }
    for k in 0..out.shot.continuity.len() {
        let presence = out.shot.continuity[k].clone();
        let Some(actor) = member(&presence.who) else { continue };
        for (n, held) in presence.holding.iter().enumerate() {
            if order.cast.iter().any(|m| m.id.as_str() == held) {
                continue;
            }
            if let Some(id) = add(&mut out.cast, actor, held, held, false) {
                out.shot.continuity[k].holding[n] = id;
            }
        }
    }
    Extended { order: out, owner }
}

/// "A woman jogs with her dog": both do.
fn bring_along(cast: &Cast, verbs: &Verbs, order: &ShotOrder, beat: &mut film::Beat) {
    let travels = verbs
        .read(&beat.action, &beat.text)
        .is_some_and(|doing| doing.way != Way::Stay && doing.with == Use::Any);
    let text = beat.text.to_lowercase();
    let (Some((_, along)), true) = (text.split_once(" with "), travels && !beat.who.is_empty()) else {
        return;
    };
    let with: Vec<&str> =
        along.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(5).collect();
    let comes = |member: &&CastMember| {
        let last = member.name.rsplit(' ').next().unwrap_or_default().to_lowercase();
        beat.what.iter().any(|what| what == member.id.as_str())
            && !matches!(cast.kind(member), Some(Kind::Thing(_)) | None)
            && with.contains(&last.as_str())
    };
    let along: Vec<Id> = order.cast.iter().filter(comes).map(|member| member.id.clone()).collect();
    beat.what.retain(|what| along.iter().all(|id| id.as_str() != what));
    beat.who.extend(along);
}

/// Whether somebody stands behind, beside or before something that could be held.
fn stands_behind(cast: &Cast, beat: &film::Beat, who: &str) -> bool {
    let held = |word: &str| cast.thing_or_like(word).is_some_and(|kind| cast.thing_use(&kind).0);
    beat.placements.iter().any(|p| p.what == who && p.how != Relation::On && held(&p.to))
}

/// The words of a text that describe a thing: "a bright red balloon" for the balloon.
fn described(word: &str, text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    let last = word.split([' ', '_']).next_back().unwrap_or(word).to_lowercase();
    let Some(at) = words.iter().position(|w| *w == last || w.strip_suffix('s') == Some(&last)) else {
        return word.to_owned();
    };
    let stop = |w: &str| {
        matches!(
            w,
            "a" | "an"
                | "the"
                | "his"
                | "her"
                | "their"
                | "its"
                | "and"
                | "with"
                | "of"
                | "in"
                | "on"
                | "from"
                | "at"
        )
    };
    let from = (0..at).rev().take(4).take_while(|k| !stop(&words[*k])).last().unwrap_or(at);
    format!("{} {word}", words[from..at].join(" ")).trim().to_owned()
}

/// The bonds of a shot, one for each performer.
pub(super) struct Bonds {
    pub(super) ties: Vec<Option<Tie>>,
    /// For each group, the group whose beats it acts out: a car goes where its driver drives.
    pub(super) driven: Vec<Option<usize>>,
    /// For each group, where it stands because of another.
    pub(super) near: Vec<Option<Near>>,
    /// Who turns into whom.
    pub(super) changes: Vec<Change>,
}

impl Bonds {
    /// Performers with what stands on the tables within their reach.
    pub(super) fn deals(&self, groups: &[Group]) -> Vec<(usize, usize)> {
        let reach = |table: usize| {
            let near = self.near[groups.iter().position(|group| group.first == table)?]?;
            (near.how == How::Reach).then(|| groups[near.to].first)
        };
        let top = |(what, tie): (usize, &Option<Tie>)| match tie {
            Some(Tie::Top { of }) => reach(*of).map(|who| (who, what)),
            _ => None,
        };
        self.ties.iter().enumerate().filter_map(top).collect()
    }
}

/// Reads the bonds from the beats of an extended order.
pub(super) fn bonds(order: &ShotOrder, verbs: &Verbs, performers: &[Performer], groups: &[Group]) -> Bonds {
    let mut out = Bonds {
        ties: vec![None; performers.len()],
        driven: vec![None; groups.len()],
        near: vec![None; groups.len()],
        changes: changes(order, groups),
    };
    let group = |id: &str| groups.iter().position(|g| order.cast[g.member].id.as_str() == id);
    for beat in &order.shot.beats {
        let doing = verbs
            .read(&beat.action, &beat.text)
            .or_else(|| beat.shown_as.as_deref().and_then(|verb| verbs.read(verb, &beat.text)))
            .unwrap_or(Doing::IDLE);
        // "A knight riding a horse crosses a bridge."
        let rides = beat.text.to_lowercase().contains("riding ");
        let doing = if rides { Doing { with: Use::Ride, ..doing } } else { doing };
        let objects: Vec<usize> = beat.what.iter().filter_map(|w| group(w)).collect();
        let mut taken = 0;
        let first = beat.who.iter().find_map(|id| group(id.as_str()));
        for object in objects.iter().copied().filter(|object| Some(*object) != first) {
            let thing = performers[groups[object].first].thing();
            if thing.is_some_and(|t| t.stands() == Stands::Hung) {
                out.near[object] = first.map(|to| Near { to, how: How::Reach });
            }
        }
        if let (Use::Pour, [poured, into @ ..], Some(first)) = (doing.with, &objects[..], first)
            && !into.is_empty()
        {
            bind(&mut out, doing, performers, groups, first, *poured, &mut taken);
            set_on_table(&mut out, performers, groups, Some(first), into);
            continue;
        }
        // "A grandmother stands behind a cake."
        let small = |p: &film::Placement| {
            let thing = group(&p.to).and_then(|g| performers[groups[g].first].thing());
            let by_person = first.is_some_and(|g| performers[groups[g].first].is_person());
            by_person
                && p.how != Relation::On
                && group(&p.what) == first
                && thing.is_some_and(|t| t.grip.is_some())
        };
        if doing.with == Use::Table || first.is_some() && beat.placements.iter().any(small) {
            set_on_table(&mut out, performers, groups, first, &objects);
            continue;
        }
        if let (Some(how), Some(first)) = (doing.close(), first) {
            let others = beat.who.iter().skip(1).filter_map(|id| group(id.as_str()));
            let person = |g: &usize| *g != first && performers[groups[*g].first].is_person();
            if let Some(other) = others.chain(objects.iter().copied()).find(person) {
                out.near[other] = Some(Near { to: first, how });
            }
        }
        // What is pushed goes ahead, what is pulled comes behind; whoever else is named sits in it.
        let highest_m = match doing.clip {
            Some(Clip::Push) => Some(PUSHED_M),
            _ if doing.pulls => Some(PULLED_M),
            _ => None,
        };
        if let (Some(highest_m), Some(first)) = (highest_m, first)
            && let Some(cart) = objects.iter().copied().find(|object| {
                let one = &performers[groups[*object].first];
                *object != first && one.thing().is_some_and(Thing::travels) && one.height_m() < highest_m
            })
        {
            let of = groups[first].first;
            out.ties[groups[cart].first] =
                Some(if doing.pulls { Tie::Behind { of } } else { Tie::Ahead { of } });
            let people = objects.iter().copied().filter(|o| performers[groups[*o].first].is_person());
            for passenger in people.collect::<Vec<_>>() {
                let seated = Doing { with: Use::Ride, ..Doing::IDLE };
                bind(&mut out, seated, performers, groups, passenger, cart, &mut taken);
            }
            out.driven[cart] = None;
            continue;
        }
        if let (Some(Clip::Climb), Some(first)) = (doing.clip, first) {
            let tall = |g: &usize| {
                let thing = &performers[groups[*g].first];
                thing.thing().is_some_and(|t| !t.travels()) && thing.rest_bounds().size().y > CLIMBED_M
            };
            if let (Some(object), true) =
                (objects.iter().copied().find(tall), performers[groups[first].first].is_person())
            {
                out.near[object] = Some(Near { to: first, how: How::Grip });
                continue;
            }
        }
        for actor in beat.who.iter().filter_map(|id| group(id.as_str())) {
            // What one is under or beside is not sat on, unless it is what people sit at.
            let apart = |o: &usize| {
                let id = |g: usize| order.cast[groups[g].member].id.as_str();
                let gathers = performers[groups[*o].first].thing().is_some_and(|thing| thing.gathers);
                let away =
                    |p: &film::Placement| p.what == id(actor) && p.to == id(*o) && p.how != Relation::On;
                !gathers && beat.placements.iter().any(away)
            };
            for object in objects.iter().copied().filter(|o| *o != actor && !apart(o)) {
                bind(&mut out, doing, performers, groups, actor, object, &mut taken);
            }
        }
    }
    for beat in &order.shot.beats {
        let first = beat.who.iter().find_map(|id| group(id.as_str()));
        for placement in &beat.placements {
            if let (Some(what), Some(to)) = (group(&placement.what), group(&placement.to)) {
                place(&mut out, performers, groups, first, what, placement.how, to);
            }
        }
    }
    for presence in &order.shot.continuity {
        let Some(actor) = group(presence.who.as_str()) else { continue };
        for object in presence.holding.iter().filter_map(|held| group(held)) {
            hand(&mut out, performers, groups, actor, object, Handling::Held);
        }
    }
    // Whoever is bound to itself by a chain of words stands alone.
    for i in 0..out.ties.len() {
        let mut at = i;
        for _ in 0..4 {
            match out.ties[at] {
                Some(tie) => at = tie.to(),
                None => break,
            }
        }
        if out.ties[at].is_some() {
            out.ties[i] = None;
        }
    }
    out
}

/// Sets what can be held onto what has a top.
fn set_on_table(
    out: &mut Bonds,
    performers: &[Performer],
    groups: &[Group],
    actor: Option<usize>,
    objects: &[usize],
) {
    let thing = |object: usize| performers[groups[object].first].thing();
    let is_table = |object: usize| thing(object).is_some_and(|t| t.top_m.is_some() && t.grip.is_none());
    let Some(table) = objects.iter().copied().find(|object| is_table(*object)) else { return };
    out.near[table] = actor.filter(|actor| *actor != table).map(|to| Near { to, how: How::Reach });
    for object in objects.iter().filter(|object| thing(**object).is_some_and(|t| t.grip.is_some())) {
        let group = &groups[*object];
        for k in 0..group.count.min(4) {
            out.ties[group.first + k] = Some(Tie::Top { of: groups[table].first });
        }
    }
}

fn bind(
    out: &mut Bonds,
    doing: Doing,
    performers: &[Performer],
    groups: &[Group],
    actor: usize,
    object: usize,
    taken: &mut usize,
) {
    let (who, what) = (&groups[actor], &groups[object]);
    let leader = &performers[who.first];
    let Some(thing) = performers[what.first].thing() else {
        if doing.with == Use::Ride && performers[what.first].bears(leader) {
            mount(out, groups, actor, object);
        } else if doing.with == Use::Carry && leader.lifts(&performers[what.first]) {
            hand(out, performers, groups, actor, object, Handling::Used);
        }
        return;
    };
    if doing.clip == Some(Clip::Kick) && thing.grip.is_some() && leader.is_person() {
        out.ties[what.first] = Some(Tie::Foot { of: who.first });
        return;
    }
    let rests = doing.with == Use::On || matches!(doing.clip, Some(Clip::Sit | Clip::Lie));
    let rides = doing.with == Use::Ride && thing.travels();
    if leader.is_person() && !thing.seats.is_empty() && (rests || rides || thing.gathers) {
        for k in 0..who.count {
            let on = what.first + (*taken / thing.seats.len()).min(what.count - 1);
            let seat = *taken % thing.seats.len();
            if *taken < thing.seats.len() * what.count && out.ties[who.first + k].is_none() {
                out.ties[who.first + k] = Some(Tie::Seat { on, seat });
                *taken += 1;
            }
        }
        out.driven[object] = Some(actor);
    } else if thing.top_m.is_some() && (leader.thing().is_some_and(|t| !t.travels()) || rests) {
        for k in 0..who.count.min(4) {
            out.ties[who.first + k] = Some(Tie::Top { of: what.first });
        }
    } else if thing.grip.is_some() && doing.with != Use::By && leader.thing().is_none() {
        let handling = match doing.clip {
            _ if doing.with == Use::Pour => Handling::Poured,
            Some(Clip::Throw) => Handling::Held,
            _ => Handling::Used,
        };
        hand(out, performers, groups, actor, object, handling);
    }
}

/// Puts riders on animals, one on each as far as there are enough.
fn mount(out: &mut Bonds, groups: &[Group], riders: usize, animals: usize) {
    let (who, what) = (&groups[riders], &groups[animals]);
    for k in 0..who.count.min(2 * what.count) {
        if out.ties[who.first + k].is_none() {
            let (seat, on) = (k / what.count, what.first + k % what.count);
            out.ties[who.first + k] = Some(Tie::Seat { on, seat });
        }
    }
    out.driven[animals] = Some(riders);
}

/// Places a group as the script says where it is.
fn place(
    out: &mut Bonds,
    performers: &[Performer],
    groups: &[Group],
    actor: Option<usize>,
    what: usize,
    how: Relation,
    to: usize,
) {
    let tied = |out: &Bonds, group: usize| out.ties[groups[group].first].is_some();
    if let (Relation::Beside, Some(Tie::Seat { on, .. })) = (how, out.ties[groups[what].first]) {
        // Beside somebody on a bench is on the bench.
        let free = performers[on].thing().and_then(|thing| {
            (0..thing.seats.len()).find(|seat| !out.ties.contains(&Some(Tie::Seat { on, seat: *seat })))
        });
        if let (Some(seat), true, false) = (free, performers[groups[to].first].is_person(), tied(out, to)) {
            out.ties[groups[to].first] = Some(Tie::Seat { on, seat });
        }
    }
    // What is in somebody's hands is where they are.
    let what = match out.ties[groups[what].first] {
        Some(Tie::Hand { of, .. }) if how != Relation::On => {
            groups.iter().position(|g| (g.first..g.first + g.count).contains(&of)).unwrap_or(what)
        }
        _ => what,
    };
    if what == to || tied(out, what) {
        return;
    }
    let (one, other) = (&performers[groups[what].first], &performers[groups[to].first]);
    let top = other.thing().is_some_and(|thing| thing.top_m.is_some());
    let how = match how {
        Relation::On if top && one.height_m() < 1.2 => {
            for k in 0..groups[what].count.min(4) {
                out.ties[groups[what].first + k] = Some(Tie::Top { of: groups[to].first });
            }
            if let Some(actor) = actor.filter(|actor| *actor != what && *actor != to) {
                out.near[to].get_or_insert(Near { to: actor, how: How::Reach });
            }
            return;
        }
        Relation::On if other.bears(one) => return mount(out, groups, what, to),
        Relation::On => return,
        // Who lies or ducks is lower than it stands.
        Relation::Under if top && one.height_m() < 1.35 * other.height_m() => How::Under,
        Relation::Under | Relation::Beside => How::Beside,
        Relation::Behind => How::Behind,
        Relation::InFrontOf => How::Before,
    };
    if !tied(out, to) {
        out.near[what].get_or_insert(Near { to, how });
    }
}

/// Gives each of a group one of the things.
fn hand(
    out: &mut Bonds,
    performers: &[Performer],
    groups: &[Group],
    actor: usize,
    object: usize,
    handling: Handling,
) {
    let (who, what) = (&groups[actor], &groups[object]);
    let body = &performers[what.first];
    let held = body
        .thing()
        .map_or(handling == Handling::Used && performers[who.first].lifts(body), |t| t.grip.is_some());
    if !held || performers[who.first].thing().is_some() {
        return;
    }
    for k in 0..what.count.min(who.count) {
        let of = who.first + k;
        let busy = out.ties.iter().any(|t| matches!(t, Some(Tie::Hand { of: other, .. }) if *other == of));
        if !busy && out.ties[what.first + k].is_none() {
            out.ties[what.first + k] = Some(Tie::Hand { of, handling });
        }
    }
}

/// Ground that is raised to the top of a thing.
pub(super) struct Raised {
    pub(super) height_m: f32,
}

impl Ground for Raised {
    fn height_m(&self, _: f32, _: f32) -> f32 {
        self.height_m
    }
}

/// How far boats must be moved so that they float where they go: the nearest water that is deep enough, away from the
/// camera rather than towards it.
pub(super) fn to_water(path: &[Vec2], half: Vec2, draught_m: f32, ground: &dyn Ground) -> Vec2 {
    // Straight away first, then more and more to the sides.
    const TURNS: [f32; 9] = [0.0, 0.4, -0.4, 0.8, -0.8, 1.3, -1.3, 2.2, -2.2];
    let Some(level) = ground.water_m() else { return Vec2::ZERO };
    let floats = |way: Vec2| {
        path.iter().all(|p| {
            [Vec2::ZERO, Vec2::X, Vec2::NEG_X, Vec2::Y, Vec2::NEG_Y].iter().all(|d| {
                let at = *p + way + *d * half.max_element();
                ground.height_m(at.x, at.y) < level - draught_m - 0.15
            })
        })
    };
    (0..60)
        .flat_map(|r| TURNS.map(|turn: f32| Vec2::new(turn.sin(), -turn.cos()) * (r * 3) as f32))
        .find(|way| floats(*way))
        .unwrap_or(Vec2::ZERO)
}

/// Where the k-th of several stands on a top, from its middle.
pub(super) fn spot(k: usize, half: Vec2) -> Vec3 {
    const SPOTS: [[f32; 2]; 5] = [[0.0, 0.1], [-0.45, 0.0], [0.45, -0.1], [-0.2, -0.4], [0.25, 0.45]];
    let [x, z] = SPOTS[k % SPOTS.len()];
    Vec3::new(x * half.x, 0.0, z * half.y)
}
