//! The studio over HTTP: one router with the API under `/api` and the page at `/`.
//!
//! [`router`] is mounted by the desktop shell behind its own URI scheme, where nobody else reaches it, and by [`serve`] on a
//! port of this machine, where other programs and other pages do: there every request passes `guard`, which checks Host and
//! Origin and asks for the token that the address bar carried once.
//!
//! *Invariants:* no state lives here: handlers ask the [`studio::Session`] and answer. What a handler waits for runs on a
//! blocking thread, so that a long poll or a picture never holds up another request.

mod api;
mod guard;
mod page;
mod schema;
mod serve;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use studio::Session;

pub use guard::Door;
pub use schema::schema;
pub use serve::{ServeError, Serving, serve};

/// The largest request that is read. The largest that the page sends is a script.
const BODY_LIMIT: usize = 4 << 20;

/// What the page may do: nothing but show itself and speak to us. Styles may be inline, since components place things by
/// them; scripts may not.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
    media-src 'self' blob:; font-src 'self' data:; connect-src 'self' ipc: http://ipc.localhost; worker-src 'self' blob:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The API and the page, for whoever is trusted to reach them.
pub fn router(studio: Arc<Session>) -> Router {
    Router::new()
        .nest("/api", api::routes(studio))
        .fallback(page::file)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(axum::middleware::map_response(with_headers))
}

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
