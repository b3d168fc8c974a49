//! A browser of a phone's size, driven over `WebDriver`; where there is none, that is said.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::running::client;

/// A phone's screen, in CSS pixels.
pub(crate) const SCREEN: (u32, u32) = (390, 844);

/// A browser that ends with the test.
pub(crate) struct Browser {
    driver: Child,
    session: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = client().delete(&self.session).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Starts one; `None` where `chromedriver` is not installed.
    pub(crate) fn start() -> Option<Self> {
        let mut driver = Command::new("chromedriver");
        let driver = driver.args(["--port=0"]).stdout(Stdio::piped()).spawn().ok()?;
        let mut browser = Self { driver, session: String::new() };
        let mut lines = BufReader::new(browser.driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://127.0.0.1:{}/session", port.unwrap());
        let options = json!({
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            "mobileEmulation": {
                "deviceMetrics": { "width": SCREEN.0, "height": SCREEN.1, "pixelRatio": 2.0 },
            },
        });
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let answer = client().post(&url).json(&wanted).send().unwrap();
        let answer: Value = answer.json().unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}"));
        browser.session = format!("{url}/{id}");
        Some(browser)
    }

    fn ask(&self, path: &str, body: &Value) -> Value {
        let answer = client().post(format!("{}/{path}", self.session)).json(body).send().unwrap();
        let answer: Value = answer.json().unwrap();
        assert!(answer["value"]["error"].is_null(), "{path} {answer}");
        answer["value"].clone()
    }

    fn read(&self, path: &str) -> Value {
        let answer = client().get(format!("{}/{path}", self.session)).send().unwrap();
        let answer: Value = answer.json().unwrap();
        assert!(answer["value"]["error"].is_null(), "{path} {answer}");
        answer["value"].clone()
    }

    pub(crate) fn open(&self, url: &str) {
        self.ask("url", &json!({ "url": url }));
    }

    fn find(&self, css: &str) -> String {
        let found = self.ask("element", &json!({ "using": "css selector", "value": css }));
        let mut members = found.as_object().unwrap().values();
        members.find_map(Value::as_str).unwrap().to_owned()
    }

    /// Left, top, width and height of what this selects, in CSS pixels.
    pub(crate) fn place(&self, css: &str) -> [f64; 4] {
        let place = self.read(&format!("element/{}/rect", self.find(css)));
        ["x", "y", "width", "height"].map(|side| place[side].as_f64().unwrap())
    }

    pub(crate) fn text(&self, css: &str) -> String {
        let text = self.read(&format!("element/{}/text", self.find(css)));
        text.as_str().unwrap().to_owned()
    }

    /// Taps on it, and waits for the page that follows: what was tapped on is gone then.
    pub(crate) fn tap(&self, css: &str) {
        let tapped = format!("{}/element/{}", self.session, self.find(css));
        client().post(format!("{tapped}/click")).json(&json!({})).send().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while client().get(format!("{tapped}/name")).send().unwrap().status().is_success() {
            assert!(Instant::now() < until, "no page follows {css}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
