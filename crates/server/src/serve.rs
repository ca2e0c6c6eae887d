//! The studio in a browser: a port of this machine, behind the [`Door`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use film::Hint;
use studio::Session;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::{Door, router};

/// Why the studio is not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Others could reach it.
    #[error("{0} can be reached from other computers")]
    Remote(SocketAddr),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The system gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(io::Error),
    /// The system gives no random numbers.
    #[error("there are no random numbers for the token: {0}")]
    Token(String),
}

impl Hint for ServeError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Remote(_) => {
                Some("listen on 127.0.0.1, or say --allow-remote: whoever has the token may then read and write files here".into())
            }
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                Some("another program has the port; choose another with --listen 127.0.0.1:0".into())
            }
            Self::Listen { .. } => Some("choose another address with --listen".into()),
            Self::Thread(_) | Self::Token(_) => None,
        }
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    token: String,
    ticket: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    /// What programs send as `Authorization: Bearer TOKEN`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The address for the browser, with the token that opens it once.
    pub fn url(&self) -> String {
        let host = if self.address.ip().is_unspecified() {
            format!("localhost:{}", self.address.port())
        } else {
            self.address.to_string()
        };
        format!("http://{host}/?token={}", self.ticket)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The other side is gone only when the server has ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the server has panicked");
        }
    }
}

/// Serves the studio on `address`; port 0 takes a free one. `allow_remote` lets it listen where other computers reach it.
///
/// # Errors
/// [`ServeError`].
pub fn serve(studio: Arc<Session>, address: SocketAddr, allow_remote: bool) -> Result<Serving, ServeError> {
    if !address.ip().is_loopback() && !allow_remote {
        return Err(ServeError::Remote(address));
    }
    let failed = |source| ServeError::Listen { address, source };
    let listener = std::net::TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let (token, ticket) = (secret()?, secret()?);
    let app = Door::new(bound, &token, &ticket).before(router(studio));
    // One thread turns requests into answers; what waits has blocking threads of its own, which end when idle.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ServeError::Thread)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let run = move || {
        let served = runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            tokio::select! {
                served = axum::serve(listener, app) => served,
                // A page that is still open holds a long poll; it finds out by itself.
                _ = stopped => Ok(()),
            }
        });
        if let Err(error) = served {
            tracing::error!(%error, "the server has stopped");
        }
        runtime.shutdown_background();
    };
    let thread =
        thread::Builder::new().name("mutoscope-server".into()).spawn(run).map_err(ServeError::Thread)?;
    Ok(Serving { address: bound, token, ticket, stop: Some(stop), thread: Some(thread) })
}

/// 128 random bits in hexadecimal.
fn secret() -> Result<String, ServeError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| ServeError::Token(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
