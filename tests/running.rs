//! A `tocsin dev` that runs for a test, as people run it: a process, spoken to over HTTP.
#![expect(unreachable_pub, reason = "a module of several test binaries")]
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

pub const TOCSIN: &str = env!("CARGO_BIN_EXE_tocsin");

/// A running `tocsin dev`, which ends with the test.
pub struct Dev {
    process: Child,
    pub url: String,
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Dev {
    pub fn start(options: &[&str]) -> Self {
        Self::printing(options, |_| (), |_| ())
    }

    /// One that logs all there is from this level on, with all that it prints in a file.
    pub fn printing_to(file: &Path, level: &str, options: &[&str]) -> Self {
        let mut out = File::create(file).unwrap();
        let log = out.try_clone().unwrap();
        let logging = |command: &mut Command| {
            command.env("RUST_LOG", level).stderr(log);
        };
        Self::printing(options, logging, move |line| writeln!(out, "{line}").unwrap())
    }

    fn printing(
        options: &[&str],
        settings: impl FnOnce(&mut Command),
        mut printed: impl FnMut(&str) + Send + 'static,
    ) -> Self {
        let mut command = Command::new(TOCSIN);
        command.args(["dev", "--empty", "--virtual-time", "--port", "0"]).args(options);
        settings(&mut command);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("prints `ready`").unwrap();
            printed(&line);
            if let Some(url) = line.strip_prefix("ready ") {
                break url.to_owned();
            }
        };
        // Whatever else it prints must not fill the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| printed(&line)));
        Self { process, url }
    }

    /// As SIGKILL does: nothing is flushed, nothing is said.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    pub fn get(&self, path: &str) -> Value {
        let client = client();
        let request = client.get(format!("{}{path}", self.url));
        request.header("x-tocsin-role", "qa_manager").send().unwrap().json().unwrap()
    }

    /// Waits until all that was accepted is counted.
    pub fn settle(&self) {
        let until = Instant::now() + Duration::from_mins(4);
        while self.get("/local/status")["idle"] != true {
            assert!(Instant::now() < until, "not idle after 240 s");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub fn replay(&self, file: &Path) -> bool {
        let mut replay = Command::new(TOCSIN);
        let replay = replay.args(["replay", "--url", &self.url]).arg(file);
        replay.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    pub fn verifies(&self) -> String {
        let verify = Command::new(TOCSIN).args(["verify", "--url", &self.url]).output().unwrap();
        let printed = String::from_utf8(verify.stdout).unwrap();
        assert!(verify.status.success(), "{printed}");
        printed
    }

    pub fn post(&self, body: &str, headers: &[(&str, &str)]) -> (u16, Value) {
        let client = client();
        let mut request = client.post(format!("{}/v1/events", self.url)).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().unwrap();
        (response.status().as_u16(), response.json().unwrap_or(Value::Null))
    }

    /// The one point of a metric, or of each value of a dimension.
    pub fn figures(&self, metric: &str, query: &str) -> BTreeMap<String, Value> {
        let answer = self.get(&format!("/v1/metrics/{metric}?{query}"));
        let series = answer["series"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let figure = |series: &Value| {
            let dimensions = series["dimensions"].as_object().unwrap();
            let name = dimensions.values().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
            (name, series["points"][0].clone())
        };
        series.iter().map(figure).collect()
    }
}

pub fn client() -> reqwest::blocking::Client {
    reqwest::blocking::Client::builder().no_proxy().timeout(None).build().unwrap()
}
