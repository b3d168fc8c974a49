//! `tocsin simulate`: events to standard output, labels to a file.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use jiff::{
    Span, Timestamp, Zoned,
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{
    Incident, IncidentKind, Scenario,
    delivery::{Delivery, deliver},
    events,
    incident::{clock_changes, severe_failure},
};

const AFTER_HELP: &str = "\
Kinds of incidents:
  flawed_answers, deflection_drop, escalation_surge, agent_request_surge, confidence_decline,
  slow_ai, wrong_answers, queue_overload, segment_harmed, bad_handoffs,
  efficiency_over_resolution, slow_drift, source_silent, delayed_closes, holiday, campaign,
  clock_change

Example: two weeks in which escalations double on the tenth day at 03:00
  tocsin simulate --days 14 --incident escalation_surge@+9d3h --truth truth.ndjson > events.ndjson";

/// What to simulate, and how it is delivered.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// First day, which begins at midnight of the time zone.
    #[arg(long, default_value = "2026-01-05", value_name = "DATE")]
    start: Date,
    /// How many days.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=3_660))]
    days: u16,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Mean conversations an hour.
    #[arg(long, default_value_t = 60.0, value_parser = volume)]
    volume: f64,
    /// Time zone by whose clocks customers and agents live, with its daylight saving.
    #[arg(long, default_value = "UTC", value_name = "ZONE", value_parser = zone)]
    tz: TimeZone,
    /// What goes wrong: its kind and when, as RFC 3339 or as a time after the start (`+2d3h`). May
    /// be given several times.
    #[arg(long, value_name = "KIND@TIME", value_parser = incident)]
    incident: Vec<(IncidentKind, When)>,
    /// Writes a JSON line about each incident, and about each severe failure of brand safety, which
    /// happens on any day: what a detector ought to find, where and when.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Share of events that are delivered twice.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    duplicate: f64,
    /// Share of events that are delivered late, by minutes or hours, and so out of order.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    late: f64,
}

/// Why nothing can be simulated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulateError {
    /// The span is beyond the calendar.
    #[error("cannot simulate this span: choose another start, or fewer days")]
    Calendar(#[from] jiff::Error),
    /// An incident lies outside of the days simulated.
    #[error("no incident can begin at {0}: choose a time within the days simulated")]
    Outside(Timestamp),
    /// The labels can not be written.
    #[error("cannot write {}", path.display())]
    Truth {
        /// Where to.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The events can not be written.
    #[error("cannot write the events")]
    Events(#[source] io::Error),
}

/// A time on the command line.
#[derive(Clone, Copy, Debug)]
enum When {
    At(Timestamp),
    /// After the start.
    After(Span),
}

/// Writes it all. A reader who had enough of the events is no error.
pub(crate) fn run(args: &Args) -> Result<(), SimulateError> {
    let scenario = args.scenario()?;
    let refused = |path: &Path, source| SimulateError::Truth { path: path.to_owned(), source };
    // Before the events: a file that can not be written is not found out at the end.
    let created = |path: &Path| File::create(path).map_err(|source| refused(path, source));
    let truth =
        args.truth.as_deref().map(|path| created(path).map(|file| (path, file))).transpose()?;
    let delivery = Delivery { duplicate: args.duplicate, late: args.late };
    let mut failures = Vec::new();
    match write_events(&scenario, delivery, &mut failures) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(SimulateError::Events(error));
        }
        Ok(()) | Err(_) => {}
    }
    let Some((path, file)) = truth else { return Ok(()) };
    write_truth(&scenario, &failures, file).map_err(|source| refused(path, source))
}

impl Args {
    fn scenario(&self) -> Result<Scenario, SimulateError> {
        let midnight = self.start.to_zoned(self.tz.clone())?;
        let start = midnight.timestamp();
        let end = midnight.checked_add(Span::new().days(i64::from(self.days)))?.timestamp();
        let mut incidents = Vec::new();
        for (kind, when) in &self.incident {
            let at = when.after(&midnight)?;
            if at < start || at >= end {
                return Err(SimulateError::Outside(at));
            }
            incidents.push(Incident::new(*kind, at)?);
        }
        incidents.sort_by_key(|incident| incident.start);
        Ok(Scenario {
            seed: self.seed,
            start,
            end,
            zone: self.tz.clone(),
            conversations_per_hour: self.volume,
            incidents,
        })
    }
}

impl When {
    fn after(self, start: &Zoned) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::At(at) => Ok(at),
            Self::After(span) => Ok(start.checked_add(span)?.timestamp()),
        }
    }
}

fn write_truth(scenario: &Scenario, failures: &[Timestamp], file: File) -> io::Result<()> {
    let natural = clock_changes(&scenario.zone, scenario.start, scenario.end);
    let incidents = scenario.incidents.iter().chain(&natural);
    let mut labels: Vec<_> = incidents.map(|incident| incident.truth(&scenario.zone)).collect();
    labels.extend(failures.iter().map(|at| severe_failure(*at)));
    labels.sort_by_key(|label| label.start);
    let mut file = BufWriter::new(file);
    for label in labels {
        serde_json::to_writer(&mut file, &label)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}

/// Writes events, and notes when there were severe failures.
fn write_events(
    scenario: &Scenario,
    delivery: Delivery,
    failures: &mut Vec<Timestamp>,
) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let noted = events(scenario).inspect(|event| {
        if event.is_severe_failure {
            failures.push(event.time);
        }
    });
    for event in deliver(noted, delivery, scenario.seed) {
        out.write_all(event.json.as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn incident(text: &str) -> Result<(IncidentKind, When), String> {
    let (name, time) = text.split_once('@').ok_or("write KIND@TIME")?;
    let kind = IncidentKind::ALL.iter().find(|(known, _)| *known == name);
    let Some((_, kind)) = kind else {
        let names: Vec<&str> = IncidentKind::ALL.iter().map(|(name, _)| *name).collect();
        return Err(format!("unknown kind: choose one of {}", names.join(", ")));
    };
    let when = match time.strip_prefix('+') {
        Some(span) => span.parse().map(When::After).ok(),
        None => time.parse().map(When::At).ok(),
    };
    let when = when.ok_or("write the time as 2026-01-14T03:00:00Z, or after the start as +9d3h")?;
    Ok((*kind, when))
}

fn zone(name: &str) -> Result<TimeZone, String> {
    // The database that is built in, not the machine's: the same bytes everywhere.
    TimeZoneDatabase::bundled().get(name).map_err(|_| "use a name such as Europe/Berlin".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "use a share from 0 to 1".to_owned())
}

fn volume(text: &str) -> Result<f64, String> {
    let volume = text.parse::<f64>().ok().filter(|volume| (0.0..=100_000.0).contains(volume));
    volume.ok_or_else(|| "use a number from 0 to 100000".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parse(words: &str) -> Result<Args, String> {
        let cli = Cli::try_parse_from(words.split(' ')).map_err(|error| error.to_string())?;
        Ok(cli.args)
    }

    #[test]
    fn the_example_of_the_help_does_what_it_says() {
        let example = AFTER_HELP.lines().last().unwrap().trim();
        let words = example.split(" >").next().unwrap().trim_start_matches("tocsin ");
        let scenario = parse(words).unwrap().scenario().unwrap();
        let incident = &scenario.incidents[0];
        assert_eq!(incident.kind, IncidentKind::EscalationSurge);
        assert_eq!(incident.start.to_string(), "2026-01-14T03:00:00Z");
        assert_eq!(scenario.end.to_string(), "2026-01-19T00:00:00Z");
        for (name, _) in IncidentKind::ALL {
            assert!(AFTER_HELP.contains(name), "the help lacks {name}");
        }
    }

    #[test]
    fn days_are_those_of_the_time_zone() {
        let args = parse(
            "simulate --tz Europe/Berlin --start 2026-03-28 --days 2 --incident slow_ai@+1d12h",
        );
        let scenario = args.unwrap().scenario().unwrap();
        assert_eq!(scenario.start.to_string(), "2026-03-27T23:00:00Z");
        assert_eq!(scenario.end.to_string(), "2026-03-29T22:00:00Z");
        // Noon by the clocks that went forward in the night.
        assert_eq!(scenario.incidents[0].start.to_string(), "2026-03-29T11:00:00Z");
    }

    #[test]
    fn what_can_not_be_simulated_is_refused_with_a_remedy() {
        for (words, remedy) in [
            ("simulate --incident flood@+1d", "choose one of flawed_answers"),
            ("simulate --incident holiday", "KIND@TIME"),
            ("simulate --incident holiday@soon", "+9d3h"),
            ("simulate --tz Berlin", "Europe/Berlin"),
            ("simulate --late 2", "from 0 to 1"),
            ("simulate --volume=-1", "from 0 to 100000"),
            ("simulate --days 0", "0 is not in 1..=3660"),
        ] {
            let refusal = parse(words).map(|_| ()).unwrap_err();
            assert!(refusal.contains(remedy), "{words}: {refusal}");
        }
        let outside = parse("simulate --incident holiday@+99d").unwrap().scenario().unwrap_err();
        assert!(outside.to_string().contains("within the days simulated"));
    }
}
