//! Somebody's browser, as far as signing in needs one: it keeps cookies as told, and is led on by hand.

use std::collections::BTreeMap;

use reqwest::{
    blocking::Client,
    header::{HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};

/// What a browser asks for.
pub(crate) const PAGES: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
pub(crate) const SESSION: &str = "__Host-tocsin-session";

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Where it leads.
    #[track_caller]
    pub(crate) fn location(&self) -> &str {
        assert!(matches!(self.status, 302 | 303), "{} {}", self.status, self.body);
        self.headers[LOCATION].to_str().unwrap()
    }

    /// The value of a field of the first form that has it.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &str {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&start).unwrap_or_else(|| panic!("{}", self.body));
        rest.split('"').next().unwrap()
    }
}

/// One person at one console.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) url: String,
    pub(crate) cookies: BTreeMap<String, String>,
    client: Client,
}

impl Person {
    pub(crate) fn at(url: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { url: url.to_owned(), cookies: BTreeMap::new(), client }
    }

    /// Asks for a page; whatever is no address stands for a path of the console's.
    pub(crate) fn open(&mut self, address: &str) -> Answer {
        self.ask("GET", address, &[PAGES], "")
    }

    pub(crate) fn ask(
        &mut self,
        method: &str,
        address: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let is_ours = address.starts_with('/') || address.starts_with(&self.url);
        let address = if address.starts_with('/') {
            format!("{}{address}", self.url)
        } else {
            address.to_owned()
        };
        let mut request =
            self.client.request(method.parse().unwrap(), &address).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if is_ours && !self.cookies.is_empty() {
            let held = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", held.collect::<Vec<_>>().join("; "));
        }
        let response = request.send().unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().unwrap() };
        self.keep(&answer);
        answer
    }

    /// Keeps cookies, each of which is as safe as a cookie can be.
    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let mut parts = cookie.split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            let attributes: Vec<&str> = parts.collect();
            assert!(name.starts_with("__Host-"), "{cookie}");
            for wanted in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
                assert!(attributes.contains(&wanted), "{wanted} {cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
            assert!(name.len() + value.len() <= 4096);
            assert_eq!(answer.headers["cache-control"], "no-store");
            let lasts = attributes.iter().find_map(|one| one.strip_prefix("Max-Age=")).unwrap();
            if lasts == "0" {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Where the issuer leads back to, for somebody who wants this page.
    pub(crate) fn back_from_issuer(&mut self, wanted: &str) -> String {
        let to_sign_in = self.open(wanted).location().to_owned();
        let to_issuer = self.open(&to_sign_in).location().to_owned();
        self.open(&to_issuer).location().to_owned()
    }

    /// Signs in, and says where that led.
    pub(crate) fn sign_in(&mut self, wanted: &str) -> String {
        let back = self.back_from_issuer(wanted);
        self.open(&back).location().to_owned()
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.cookies.contains_key(SESSION)
    }

    /// Attempts that it holds.
    pub(crate) fn attempts(&self) -> usize {
        self.cookies.keys().filter(|name| name.starts_with("__Host-tocsin-signin-")).count()
    }
}
