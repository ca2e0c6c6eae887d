//! Who may come in through a port: pages that we served, with the token that we printed.
//!
//! Other programs on the machine can connect to the port, and so can any web page that the user visits. A page elsewhere
//! cannot read our answers (there is no CORS), but it could send requests, and with a rebound name read them too. So the
//! Host must be ours, the Origin ours or absent, and the cookie, which other sites' pages do not get to send
//! (`SameSite=Strict`), right.
//!
//! The cookie is had for the ticket in the printed address. A ticket opens the door once: what remains of it in the
//! browser's history, or on a screen that somebody films, opens nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::Refusal;

/// The cookie that holds the token.
const COOKIE: &str = "mutoscope";

/// The rules of one port.
#[derive(Debug, Clone)]
pub struct Door {
    token: Arc<str>,
    ticket: Arc<Mutex<Option<String>>>,
    hosts: Arc<[String]>,
    /// The port, when it is open on every address of the machine, whichever those are.
    anywhere: Option<u16>,
}

impl Door {
    /// The door of a server that listens on `address`, to be opened with `token`, or once with `ticket`.
    pub fn new(address: SocketAddr, token: &str, ticket: &str) -> Self {
        let port = address.port();
        let mut hosts = vec![address.to_string()];
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}")));
        }
        Self {
            token: token.into(),
            ticket: Arc::new(Mutex::new(Some(ticket.to_owned()))),
            hosts: hosts.into(),
            anywhere: address.ip().is_unspecified().then_some(port),
        }
    }

    /// The router behind the door.
    pub fn before(self, router: axum::Router) -> axum::Router {
        router.layer(axum::middleware::from_fn_with_state(self, guard))
    }

    fn is_ours(&self, host: &str) -> bool {
        // A number cannot be rebound to us, as a name can.
        let by_number = || host.parse::<SocketAddr>().is_ok_and(|host| Some(host.port()) == self.anywhere);
        self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)) || by_number()
    }

    fn opens(&self, token: &str) -> bool {
        same(&self.token, token)
    }

    /// Whether this is the ticket; it is spent then.
    fn admits(&self, ticket: &str) -> bool {
        let mut left = self.ticket.lock().unwrap_or_else(PoisonError::into_inner);
        left.take_if(|left| same(left, ticket)).is_some()
    }
}

/// Whether two secrets are the same: for equal lengths always the same work, so that the time tells nothing about how much of a
/// guess is right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

async fn guard(State(door): State<Door>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !text(headers, &header::HOST).is_some_and(|host| door.is_ours(host)) {
        return refuse("this name does not belong to the studio", "use the address that was printed");
    }
    if let Some(origin) = text(headers, &header::ORIGIN) {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if !host.is_some_and(|host| door.is_ours(host)) {
            return refuse("another page has sent this", "use the studio in a window of its own");
        }
    }
    if text(headers, &header::HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| site == "cross-site")
        && request.method() != Method::GET
    {
        return refuse("another site has sent this", "use the studio in a window of its own");
    }
    let known = bearer(headers).or_else(|| cookie(headers)).is_some_and(|token| door.opens(token));
    if let Some(ticket) = query_ticket(request.uri().query()) {
        if request.method() != Method::GET || !(door.admits(ticket) || known) {
            return refuse("this address was used before", "start `mutoscope serve` again for a new one");
        }
        // The ticket leaves the address bar.
        let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", door.token);
        let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        return response;
    }
    if !known {
        return refuse("this page needs the token", "use the whole address that was printed, with its token");
    }
    next.run(request).await
}

fn refuse(message: &str, hint: &str) -> Response {
    Refusal::new(StatusCode::FORBIDDEN, message, Some(hint.to_owned())).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn query_ticket(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    text(headers, &header::AUTHORIZATION)?.strip_prefix("Bearer ")
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|pairs| pairs.split("; ")).find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::Door;

    #[test]
    fn only_numbers_of_our_port_are_ours_and_only_where_all_may_come() {
        let door = |address: &str| Door::new(address.parse().expect("an address"), "token", "ticket");
        for host in ["127.0.0.1:7400", "localhost:7400", "LOCALHOST:7400", "[::1]:7400"] {
            assert!(door("127.0.0.1:7400").is_ours(host), "{host}");
        }
        for host in ["192.168.1.5:7400", "evil.example:7400", "localhost", "127.0.0.1:80", ""] {
            assert!(!door("127.0.0.1:7400").is_ours(host), "{host}");
        }
        assert!(door("0.0.0.0:7400").is_ours("192.168.1.5:7400"));
        assert!(door("192.168.1.5:7400").is_ours("192.168.1.5:7400"));
        for host in ["evil.example:7400", "192.168.1.5:80", "192.168.1.5"] {
            assert!(!door("0.0.0.0:7400").is_ours(host), "{host}");
        }
    }
}
