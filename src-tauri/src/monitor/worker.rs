//! The thread that draws: it takes the newest order, reads the film again when its file has changed, and hands over pictures.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use eframe::egui;
use film::{Bearing, Frame, Hint as _, Pitch, Shot, Storyboard};
use studio::{LiveStage, Reel};

use super::Order;

/// How often the film's file is looked at while nothing is asked for.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Degrees that one looks from elsewhere than the film's camera: to its right around what is framed, and up. The film is left
/// as it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Around {
    pub(super) orbit: f64,
    pub(super) elevation: f64,
}

/// What the thread has to say.
pub(super) enum News {
    /// A picture, what it is of, and how long it took.
    Picture { frame: Arc<Frame>, caption: String, took: Duration },
    /// Why there is none.
    Trouble { what: String, hint: Option<String> },
}

#[derive(Default)]
struct Desk {
    order: Option<Order>,
    around: Around,
    playing: bool,
    news: Option<News>,
    closing: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    woken: Condvar,
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where orders are put; only the newest counts.
pub(super) struct Orders(Arc<Shared>);

impl Orders {
    /// The studio's playhead leads: what plays here stops.
    pub(super) fn put(&self, order: Order) {
        let mut desk = self.0.desk();
        desk.order = Some(order);
        desk.playing = false;
        drop(desk);
        self.0.woken.notify_one();
    }
}

/// The thread. Dropping it waits for the picture in hand.
pub(super) struct Worker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread; the window is painted again when there is news.
    pub(super) fn start(context: egui::Context) -> Self {
        let shared = Arc::new(Shared::default());
        let thread = std::thread::spawn({
            let shared = shared.clone();
            move || work(&shared, &context)
        });
        Self { shared, thread: Some(thread) }
    }

    pub(super) fn orders(&self) -> Orders {
        Orders(self.shared.clone())
    }

    /// Looks from elsewhere.
    pub(super) fn look(&self, around: Around) {
        let mut desk = self.shared.desk();
        if desk.around != around {
            desk.around = around;
            self.shared.woken.notify_one();
        }
    }

    /// Plays the film from the frame that is seen, or stops.
    pub(super) fn play(&self, playing: bool) {
        self.shared.desk().playing = playing;
        self.shared.woken.notify_one();
    }

    /// Whether the film plays.
    pub(super) fn plays(&self) -> bool {
        self.shared.desk().playing
    }

    /// What is new since the last call.
    pub(super) fn news(&self) -> Option<News> {
        self.shared.desk().news.take()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.desk().closing = true;
        self.shared.woken.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the monitor's thread has panicked");
        }
    }
}

/// The film as it was read last.
struct Film {
    board: Storyboard,
    reel: Reel,
    written: Option<SystemTime>,
}

/// Since when the film plays, and from which of its frames. It keeps the time: frames for which there is none are left out.
struct Playing {
    since: Instant,
    from: u32,
}

impl Playing {
    fn index(&self, fps: u32) -> u32 {
        self.from.saturating_add((self.since.elapsed().as_secs_f64() * f64::from(fps)) as u32)
    }

    /// How long until the frame after this one is due.
    fn until(&self, index: u32, fps: u32) -> Duration {
        let due = f64::from(index + 1 - self.from) / f64::from(fps);
        Duration::from_secs_f64(due).saturating_sub(self.since.elapsed())
    }
}

fn work(shared: &Shared, context: &egui::Context) {
    let mut stage = None;
    let mut film: Option<Film> = None;
    let mut shown: Option<Order> = None;
    let mut seen_from = Around::default();
    let mut playing: Option<Playing> = None;
    loop {
        let (order, around, plays) = {
            let mut desk = shared.desk();
            let wait = match (&playing, &film, &shown) {
                (Some(playing), Some(film), Some(shown)) => {
                    let index = shown.shot.as_ref().map_or(0, |shot| film.reel.index(shot, shown.frame));
                    playing.until(index.max(playing.from), film.reel.fps())
                }
                _ => LOOK_AGAIN,
            };
            let nothing_new =
                desk.order.is_none() && desk.around == seen_from && desk.playing == playing.is_some();
            if nothing_new && !desk.closing && !wait.is_zero() {
                desk = shared.woken.wait_timeout(desk, wait).unwrap_or_else(PoisonError::into_inner).0;
            }
            if desk.closing {
                return;
            }
            (desk.order.take(), desk.around, desk.playing)
        };
        let Some(mut order) = order.or_else(|| shown.clone()) else { continue };
        playing = if plays { playing } else { None };
        if let (true, Some(film)) = (plays, &film) {
            let from = || {
                let here = order.shot.as_ref().map_or(0, |shot| film.reel.index(shot, order.frame));
                // Played again at its end, it begins at the beginning.
                if film.reel.at(here + 1).is_some() { here } else { 0 }
            };
            let playing = playing.get_or_insert_with(|| Playing { since: Instant::now(), from: from() });
            if let Some((shot, frame)) = film.reel.at(playing.index(film.reel.fps())) {
                order = Order { shot: Some(shot.clone()), frame, ..order };
            } else {
                shared.desk().playing = false;
                context.request_repaint();
            }
        }
        let file = order.folder.join("storyboard.json");
        let written = file.metadata().and_then(|data| data.modified()).ok();
        let same_film = shown.as_ref().is_some_and(|shown| shown.folder == order.folder);
        let changed = !same_film || film.as_ref().is_none_or(|film| film.written != written);
        if !changed && shown.as_ref() == Some(&order) && around == seen_from {
            continue;
        }
        seen_from = around;
        let news = picture(&mut stage, &mut film, changed, written, &file, &order, around);
        shown = Some(order);
        shared.desk().news = Some(news.unwrap_or_else(|trouble| trouble));
        context.request_repaint();
    }
}

fn picture(
    stage: &mut Option<LiveStage>,
    film: &mut Option<Film>,
    changed: bool,
    written: Option<SystemTime>,
    file: &Path,
    order: &Order,
    around: Around,
) -> Result<News, News> {
    let trouble = |what: String, hint| News::Trouble { what, hint };
    if changed {
        let text = std::fs::read_to_string(file)
            .map_err(|error| trouble(format!("{} cannot be read: {error}", file.display()), None))?;
        let board = Storyboard::from_json(&text).map_err(|error| trouble(error.to_string(), error.hint()))?;
        *film = Some(Film { reel: Reel::new(&board), board, written });
    }
    let Some(film) = film else { return Err(trouble("no film is open".into(), None)) };
    let shot = match &order.shot {
        Some(shot) => film.board.shot(shot),
        None => film.board.shots().next(),
    };
    let Some((_, shot)) = shot else { return Err(trouble("the film has no such shot".into(), None)) };
    let board = from_elsewhere(&film.board, shot, around);
    let began = Instant::now();
    if stage.is_none() {
        *stage = Some(LiveStage::open().map_err(|error| trouble(error.to_string(), error.hint()))?);
    }
    let Some(live) = stage else { return Err(trouble("there is no stage".into(), None)) };
    live.of_project(&order.folder);
    match live.picture(&board, &shot.id, order.frame) {
        Ok(frame) => Ok(News::Picture {
            caption: format!("{}  frame {}", shot.id, frame.index + 1),
            frame: Arc::new(frame),
            took: began.elapsed(),
        }),
        Err(error) => {
            // A device that was lost does not come back by itself.
            *stage = None;
            Err(trouble(error.to_string(), error.hint()))
        }
    }
}

/// The film with the shot's camera where one looks from.
fn from_elsewhere<'a>(board: &'a Storyboard, shot: &Shot, around: Around) -> Cow<'a, Storyboard> {
    if around == Around::default() {
        return Cow::Borrowed(board);
    }
    let mut board = board.clone();
    let shots = board.scenes.iter_mut().flat_map(|scene| &mut scene.shots);
    for camera in shots.filter(|one| one.id == shot.id).map(|one| &mut one.camera) {
        let mut hand = camera.hand.take().unwrap_or_default();
        let orbit = (hand.orbit_deg.get() + around.orbit + 180.0).rem_euclid(360.0) - 180.0;
        let elevation = (hand.elevation_deg.get() + around.elevation).clamp(Pitch::MIN, Pitch::MAX);
        hand.orbit_deg = Bearing::new(orbit).unwrap_or_default();
        hand.elevation_deg = Pitch::new(elevation).unwrap_or_default();
        camera.hand = Some(hand);
    }
    Cow::Owned(board)
}
