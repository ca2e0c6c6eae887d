//! The monitor: a native window beside the studio that shows the picture under the playhead at its own size, with scopes.
//!
//! It is a second process of this executable. The studio tells it, as JSON lines on its standard input, which film, shot and
//! frame to show ([`Order`]); pictures do not cross the border, the monitor draws them on the GPU itself. It ends when its
//! window is closed or the studio is gone.

mod scopes;
mod view;
mod worker;

use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use eframe::egui;
use film::Id;
use serde::{Deserialize, Serialize};

use crate::Trouble;
use view::View;
use worker::Worker;

/// What the monitor is to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The film's folder.
    folder: PathBuf,
    /// The shot; the film's first when absent.
    shot: Option<Id>,
    /// The frame of the shot.
    frame: u32,
}

/// The studio's end: the process, while it runs.
#[derive(Default)]
pub(crate) struct Monitor(Mutex<Option<Running>>);

struct Running {
    child: Child,
    orders: ChildStdin,
}

impl Monitor {
    /// Shows a frame, in a new window if none is open.
    pub(crate) fn show(&self, folder: Option<&Path>, shot: Option<&Id>, frame: u32) -> io::Result<()> {
        let Some(folder) = folder else { return Err(io::Error::other("no film is open")) };
        let order = Order { folder: folder.to_owned(), shot: shot.cloned(), frame };
        let line = serde_json::to_string(&order)? + "\n";
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = running.as_mut()
            && open.child.try_wait()?.is_none()
            && open.orders.write_all(line.as_bytes()).is_ok()
        {
            return Ok(());
        }
        let mut child =
            Command::new(std::env::current_exe()?).arg("--monitor").stdin(Stdio::piped()).spawn()?;
        let mut orders = child.stdin.take().ok_or_else(|| io::Error::other("it has no input"))?;
        orders.write_all(line.as_bytes())?;
        *running = Some(Running { child, orders });
        Ok(())
    }

    /// Closes the window, if there is one.
    pub(crate) fn close(&self) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { mut child, orders }) = running {
            // Its input ends, and so does it.
            drop(orders);
            if let Err(error) = child.wait() {
                tracing::warn!(%error, "the monitor has not ended");
            }
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.close();
    }
}

/// The monitor's own process.
pub(crate) fn run() -> Result<(), Trouble> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Mutoscope monitor")
            .with_app_id("mutoscope-monitor")
            .with_inner_size([1280.0, 760.0])
            .with_min_inner_size([320.0, 240.0]),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native("mutoscope-monitor", options, Box::new(|made| Ok(Box::new(App::new(&made.egui_ctx)))))
        .map_err(|error| {
            Trouble::new(
                format!("the monitor could not be opened: {error}"),
                "it needs a display and a graphics driver; `mutoscope doctor` says what is missing",
            )
        })
}

struct App {
    worker: Worker,
    view: View,
}

impl App {
    fn new(context: &egui::Context) -> Self {
        let worker = Worker::start(context.clone());
        listen(worker.orders(), context.clone());
        Self { worker, view: View::default() }
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        if let Some(news) = self.worker.news() {
            self.view.show(news);
        }
        self.view.plays(self.worker.plays());
        self.view.ui(ui);
        if self.view.toggled() {
            self.worker.play(!self.worker.plays());
        }
        self.worker.look(self.view.around());
    }
}

/// Hands on the orders that come in; when they end, the studio is gone and the window closes.
fn listen(orders: worker::Orders, context: egui::Context) {
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            match serde_json::from_str(&line) {
                Ok(order) => orders.put(order),
                Err(error) => tracing::warn!(%error, "an order that cannot be read"),
            }
        }
        context.send_viewport_cmd(egui::ViewportCommand::Close);
        context.request_repaint();
    });
}
