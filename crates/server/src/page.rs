//! The page: the files that Vite made of `ui`, part of the program since it was built.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::api::Refusal;

// Path, type and bytes of each file, by path; empty when the page was not built.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What is shown when the program was built without the page.
const NO_PAGE: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Mutoscope</title>\
    <body style='font:16px/1.6 system-ui;max-width:40em;margin:4em auto;padding:0 1em'>\
    <h1>The page is not part of this build</h1>\
    <p>The API is here, under <code>/api</code>. To have the page too, build it first, then the program:\
    <pre>cd ui &amp;&amp; npm ci &amp;&amp; npm run build\ncargo build --release -p mutoscope</pre>";

/// A file of the page. Paths are looked up in a table, so none leads out of it.
pub(crate) async fn file(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "the page is only read", None).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let Some((_, kind, bytes)) = PAGE.iter().find(|(name, ..)| *name == path) else {
        if path == "index.html" {
            return Html(NO_PAGE).into_response();
        }
        return Refusal::new(StatusCode::NOT_FOUND, format!("there is no file called {path}"), None)
            .into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Vite puts a hash of the content into the names of what it makes.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    (headers, *bytes).into_response()
}
