//! Figures of a simulated centre, counted from its events: a second, plain reading of the
//! dictionary's definitions, as far as the tests need them.

use std::{collections::HashMap, ops::Range};

use super::*;

type Span = Range<Timestamp>;

/// What a trial or a measurement came to, and when.
type Sample = (Timestamp, f64);

/// Events by conversation, in order of time, and those of none.
pub(super) struct Conversations<'a> {
    all: Vec<Vec<&'a Seen>>,
    alone: Vec<&'a Seen>,
}

impl<'a> Conversations<'a> {
    pub(super) fn of(events: &'a [Seen]) -> Self {
        let mut by_subject: HashMap<&str, Vec<&Seen>> = HashMap::new();
        let mut alone = Vec::new();
        for event in events {
            if event.subject.is_empty() {
                alone.push(event);
            } else {
                by_subject.entry(&event.subject).or_default().push(event);
            }
        }
        let mut all: Vec<_> = by_subject.into_values().collect();
        all.sort_by_key(|events| (events[0].time, &events[0].subject));
        Self { all, alone }
    }

    /// Those that have these values.
    pub(super) fn within(mut self, cell: &Value) -> Self {
        for (name, value) in cell.as_object().unwrap() {
            if name == "source" {
                self.all.retain(|events| &events[0].source == value);
                self.alone.retain(|event| &event.source == value);
            } else {
                self.all.retain(|events| events.iter().any(|event| &event.data[name] == value));
            }
        }
        self
    }

    /// Mean of a metric's samples in a span, or their number where it counts; `None` without any.
    #[expect(clippy::cast_precision_loss, reason = "counts of events")]
    pub(super) fn figure(&self, metric: &str, span: &Span) -> Option<f64> {
        if let "contacts" | "reopens" | "completeness" | "uptime" | "backlog" = metric {
            return Some(self.count(metric, span) as f64);
        }
        let samples: Vec<Sample> = match metric {
            "repeat_contact_rate_24h" => self.repeat_contacts(),
            _ => self.all.iter().flat_map(|events| samples(metric, events)).collect(),
        };
        let within: Vec<f64> =
            samples.iter().filter(|(at, _)| span.contains(at)).map(|(_, value)| *value).collect();
        (!within.is_empty()).then(|| within.iter().sum::<f64>() / within.len() as f64)
    }

    fn count(&self, metric: &str, span: &Span) -> usize {
        let of = |kind: &str| {
            let all = self.all.iter().flatten().chain(&self.alone);
            all.filter(|event| event.kind == kind && span.contains(&event.time)).count()
        };
        match metric {
            "contacts" => of("cx.conversation.started"),
            "reopens" => of("cx.conversation.reopened"),
            // Both by signs of life.
            "completeness" | "uptime" => of("cx.source.heartbeat"),
            _ => self.all.iter().filter(|events| is_open(events, span.end)).count(),
        }
    }

    fn repeat_contacts(&self) -> Vec<Sample> {
        let mut last: HashMap<&str, Timestamp> = HashMap::new();
        let mut samples = Vec::new();
        for start in self.all.iter().map(|events| events[0]) {
            let before = last.insert(start.data["customer"].as_str().unwrap(), start.time);
            let is_recent = |at: Timestamp| start.time.duration_since(at).as_hours() < 24;
            samples.push((start.time, rate(before.is_some_and(is_recent))));
        }
        samples
    }
}

fn rate(is_hit: bool) -> f64 {
    f64::from(u8::from(is_hit))
}

fn is_open(events: &[&Seen], at: Timestamp) -> bool {
    let ended = events.iter().find(|event| event.kind == "cx.conversation.ended");
    events[0].time < at && ended.is_some_and(|ended| ended.time >= at)
}

fn seconds(from: &Seen, to: &Seen) -> f64 {
    to.time.duration_since(from.time).as_secs_f64()
}

/// The samples that one conversation gives to a metric.
fn samples(metric: &str, events: &[&Seen]) -> Vec<Sample> {
    let turns = || events.iter().filter(|event| event.kind == "cx.ai.responded");
    let answer = |of: &dyn Fn(&Seen) -> f64| turns().map(|turn| (turn.time, of(turn))).collect();
    let confidence = |turn: &Seen| turn.data["confidence"].as_f64().unwrap();
    match metric {
        "fallback_rate" => answer(&|turn| rate(turn.data["outcome"] == "fallback")),
        "ai_error_rate" => answer(&|turn| rate(turn.data["outcome"] == "failed")),
        "ai_latency" => answer(&|turn| turn.data["latency_ms"].as_f64().unwrap()),
        "ai_confidence" => answer(&|turn| confidence(turn)),
        "low_confidence_rate" => answer(&|turn| rate(confidence(turn) < 0.5)),
        "false_confidence_rate" => {
            let sure = turns().filter(|turn| confidence(turn) >= 0.8);
            let went_bad = rate(events.iter().any(|event| is_bad(event)));
            sure.map(|turn| (turn.time, went_bad)).collect()
        }
        "first_response_time_ai" => {
            turns().take(1).map(|turn| (turn.time, seconds(events[0], turn))).collect()
        }
        "response_time" => response_times(events),
        "service_level" | "abandonment_rate" | "speed_of_answer" => waits(metric, events),
        "handoff_quality" | "repeat_yourself_rate" => handoffs(metric, events),
        "sentiment" | "csat" | "answer_accuracy" | "handle_time" => told(metric, events),
        _ => outcome(metric, events).into_iter().collect(),
    }
}

/// Whether a sure answer before it turns out to have been wrong.
fn is_bad(event: &Seen) -> bool {
    let data = &event.data;
    match event.kind.as_str() {
        "cx.evaluation.recorded" => data["name"] == "answer_correct" && data["label"] == "fail",
        "cx.feedback.received" => {
            let low =
                |kind: &str, most| data["kind"] == kind && data["score"].as_f64() <= Some(most);
            low("csat", 2.0) || low("thumb", 0.0)
        }
        "cx.conversation.reopened" => true,
        "cx.handoff.requested" => data["by"] == "customer",
        _ => false,
    }
}

fn response_times(events: &[&Seen]) -> Vec<Sample> {
    let mut asked: Option<&Seen> = None;
    let mut samples = Vec::new();
    for event in events {
        let is_message = event.kind == "cx.message.added";
        if is_message && event.data["author"] == "customer" {
            asked = asked.or(Some(event));
        } else if is_message || event.kind == "cx.ai.responded" {
            samples.extend(asked.take().map(|asked| (event.time, seconds(asked, event))));
        }
    }
    samples
}

fn waits(metric: &str, events: &[&Seen]) -> Vec<Sample> {
    let mut entered = events[0];
    let mut samples = Vec::new();
    for event in events {
        match event.kind.as_str() {
            "cx.queue.entered" => entered = event,
            "cx.queue.left" => {
                let (answered, waited) =
                    (event.data["outcome"] == "answered", seconds(entered, event));
                match metric {
                    "service_level" => {
                        samples.push((event.time, rate(answered && waited <= 20.0)));
                    }
                    "abandonment_rate" => samples.push((event.time, rate(!answered))),
                    _ if answered => samples.push((event.time, waited)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    samples
}

/// Of handoff quality only its largest part: what the human received of what was expected.
fn handoffs(metric: &str, events: &[&Seen]) -> Vec<Sample> {
    let accepted =
        events.iter().enumerate().filter(|(_, event)| event.kind == "cx.handoff.accepted");
    let sample = |(index, event): (usize, &&Seen)| {
        let fields = |name: &str| event.data[name].as_array().unwrap().len();
        #[expect(clippy::cast_precision_loss, reason = "a handful of fields")]
        let received = fields("context_fields") as f64 / fields("expected_fields") as f64;
        let (before, after) = events.split_at(index);
        let is_filled = |slot: &Value| {
            before.iter().any(|e| e.kind == "cx.slot.filled" && &e.data["slot"] == slot)
        };
        let asked_again = after.iter().any(|e| {
            e.kind == "cx.slot.asked" && e.data["author"] == "human" && is_filled(&e.data["slot"])
        });
        let value = if metric == "handoff_quality" { received } else { rate(asked_again) };
        (event.time, value)
    };
    accepted.map(sample).collect()
}

fn told(metric: &str, events: &[&Seen]) -> Vec<Sample> {
    let sample = |event: &&&Seen| {
        let data = &event.data;
        let value = match (metric, event.kind.as_str()) {
            ("sentiment", "cx.sentiment.scored") => data["score"].as_f64()?,
            ("csat", "cx.feedback.received") if data["kind"] == "csat" => {
                rate(data["score"].as_f64()? >= 4.0)
            }
            ("answer_accuracy", "cx.evaluation.recorded") if data["name"] == "answer_correct" => {
                rate(data["label"] == "pass")
            }
            ("handle_time", "cx.agent.disconnected") => {
                data["talk_seconds"].as_f64()? + data["hold_seconds"].as_f64()?
            }
            _ => return None,
        };
        Some((event.time, value))
    };
    events.iter().filter_map(|event| sample(&event)).collect()
}

/// What is decided once for a conversation.
fn outcome(metric: &str, events: &[&Seen]) -> Option<Sample> {
    let first = |kind: &str| events.iter().find(|event| event.kind == kind);
    let (resolved, ended) = (first("cx.conversation.resolved"), first("cx.conversation.ended"));
    let closed = resolved.or(ended)?;
    let handoff = first("cx.handoff.requested");
    let met_ai = first("cx.ai.responded").is_some();
    let decided = |at: Option<&&Seen>, is_hit: bool| {
        met_ai.then(|| (at.map_or(closed.time, |at| at.time), rate(is_hit)))
    };
    match metric {
        "escalation_rate" => decided(handoff, handoff.is_some()),
        "agent_request_rate" => {
            let asked = handoff.filter(|handoff| handoff.data["by"] == "customer");
            decided(asked, asked.is_some())
        }
        "containment_rate" => {
            decided(handoff, handoff.is_none() && closed.data["reason"] != "timed_out")
        }
        "deflection_rate" => {
            let is_badly_ended =
                ["timed_out", "abandoned"].iter().any(|bad| closed.data["reason"] == *bad);
            decided(handoff, handoff.is_none() && !is_badly_ended)
        }
        "resolution_rate" => Some((closed.time, rate(resolved.is_some()))),
        "resolution_time" => resolved.map(|resolved| (resolved.time, seconds(events[0], resolved))),
        "reopen_rate" => {
            let reopened = first("cx.conversation.reopened").is_some();
            resolved.map(|resolved| (resolved.time, rate(reopened)))
        }
        _ => panic!("{metric} is not counted here"),
    }
}
