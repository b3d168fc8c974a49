//! What holds of every detector: no look-ahead, nothing remembered that is not stored, bounded
//! state, and numbers whatever comes.
#![expect(clippy::unwrap_used, reason = "a test")]

use jiff::Timestamp;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tocsin_domain::detect::{
    Side,
    calendar::{Calendar, Slot},
    novelty::{self, NoveltyDetector},
    page::{PageDetector, Residual},
    seasonal::{Family, Finding, SeasonalDetector},
};

/// 2026-01-05, a Monday.
const START: i64 = 1_767_571_200;
const WEEK: i64 = 7 * 86_400;

/// All detectors over one series.
#[derive(Clone)]
struct All {
    page: PageDetector,
    ratio: SeasonalDetector,
    count: SeasonalDetector,
    novelty: NoveltyDetector,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    at: Timestamp,
    slot: Slot,
    value: f64,
    found: u32,
    trials: u32,
}

impl All {
    fn new() -> Self {
        Self {
            page: PageDetector::new(),
            ratio: SeasonalDetector::new(Family::Ratio),
            count: SeasonalDetector::new(Family::Count),
            novelty: NoveltyDetector::new(),
        }
    }

    /// All numbers that are told of a point.
    fn observe(&mut self, point: Point) -> Vec<f64> {
        let Point { at, slot, value, found, trials } = point;
        let mut told = vec![self.novelty.observe(slot, value)];
        if let Some(page) = self.page.observe(at, slot, value) {
            let record = f64::from(u8::from(page.is_record));
            told.extend([page.score, record, page.times, page.reference]);
            told.extend([page.expected, page.lower, page.upper]);
        }
        for (detector, trials) in [(&mut self.ratio, trials), (&mut self.count, 1)] {
            match detector.observe(at, slot, found, trials) {
                Finding::NotEnoughData { trials } => told.push(trials),
                Finding::Scored(score) => {
                    told.extend([score.on(Side::Up), score.on(Side::Down), score.expected]);
                    told.extend([score.rise.expected, score.fall.found]);
                    told.extend(score.deviation);
                }
            }
        }
        told
    }

    fn restored(&self) -> Self {
        Self {
            page: PageDetector::decode(&self.page.encode()).unwrap(),
            ratio: SeasonalDetector::decode(&self.ratio.encode()).unwrap(),
            count: SeasonalDetector::decode(&self.count.encode()).unwrap(),
            novelty: NoveltyDetector::decode(&self.novelty.encode()).unwrap(),
        }
    }

    fn sizes(&self) -> [usize; 4] {
        [
            self.page.encode().len(),
            self.ratio.encode().len(),
            self.count.encode().len(),
            self.novelty.encode().len(),
        ]
    }
}

/// A point every so many seconds, with a daily wave, noise, and a jump of the level in the middle.
fn series(seed: u64, seconds: i64, points: i64) -> Vec<Point> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let calendar = Calendar::utc();
    let point = |i: i64| {
        let at = Timestamp::from_second(START + seconds * i).unwrap();
        let slot = calendar.slot(at);
        let wave = f64::from(u8::try_from(slot.half_hour()).unwrap());
        let level = if i > points / 2 { 300.0 } else { 200.0 };
        let trials = random.random_range(0..40);
        let found = (0..trials).map(|_| u32::from(random.random_bool(0.2))).sum();
        let value = level + wave + random.random_range(-5.0..5.0);
        Point { at, slot, value, found, trials }
    };
    (0..points).map(point).collect()
}

fn scores(points: &[Point]) -> Vec<Vec<f64>> {
    let mut all = All::new();
    points.iter().map(|&point| all.observe(point)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_series_that_is_cut_has_the_same_scores_up_to_the_cut(seed: u64, cut in 0..3000_usize) {
        let points = series(seed, 900, 3000);
        let whole = scores(&points);
        prop_assert_eq!(&scores(&points[..cut])[..], &whole[..cut]);
    }

    #[test]
    fn a_state_stored_and_restored_anywhere_scores_on_as_if_it_had_stayed(
        seed: u64,
        cut in 0..3000_usize,
    ) {
        let points = series(seed, 900, 3000);
        let mut stayed = All::new();
        for &point in &points[..cut] {
            stayed.observe(point);
        }
        let mut restored = stayed.restored();
        for &point in &points[cut..] {
            prop_assert_eq!(restored.observe(point), stayed.observe(point));
        }
    }

    #[test]
    fn whatever_comes_all_that_is_told_is_a_number(
        values in prop::collection::vec(
            (any::<f64>(), any::<u32>(), any::<u32>(), 0..2_000_000_i64), 1..400,
        ),
    ) {
        let (mut all, calendar) = (All::new(), Calendar::utc());
        let mut second = START;
        for (value, found, trials, pause) in values {
            second += pause;
            let at = Timestamp::from_second(second).unwrap();
            let told = all.observe(Point { at, slot: calendar.slot(at), value, found, trials });
            prop_assert!(told.iter().all(|number| number.is_finite()), "{told:?}");
            let score = novelty::score(told[0]);
            prop_assert!((0.0..1.0).contains(&score), "{score}");
        }
        all.restored();
    }

    #[test]
    fn bytes_that_are_no_state_are_refused_or_score_without_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes = [vec![1], bytes].concat();
        let point = series(1, 60, 1)[0];
        if let Ok(mut page) = PageDetector::decode(&bytes) {
            page.observe(point.at, point.slot, point.value);
        }
        if let Ok(mut ratio) = SeasonalDetector::decode(&bytes) {
            ratio.observe(point.at, point.slot, point.found, point.trials);
        }
        if let Ok(mut novelty) = NoveltyDetector::decode(&bytes) {
            novelty.observe(point.slot, point.value);
        }
    }
}

#[track_caller]
fn check_sizes(seconds: i64, points: i64) {
    let mut all = All::new();
    for point in series(7, seconds, points) {
        all.observe(point);
        let [page, ratio, count, novelty] = all.sizes();
        assert!(page < 400 && ratio < 650 && count < 650 && novelty < 4096, "{:?}", all.sizes());
    }
}

#[test]
fn states_stay_small_at_any_pace_and_age() {
    check_sizes(60, 60_000);
    check_sizes(300, 20_000);
    check_sizes(3600, 10_000);
    check_sizes(86_400, 1_000);
}

#[test]
fn points_that_are_missing_leave_the_others_scored() {
    let points = series(3, 300, 6_000);
    // A night without data, and every seventh point lost.
    let kept = points.iter().enumerate().filter(|(i, _)| i % 7 != 0 && !(2000..2100).contains(i));
    let kept: Vec<Point> = kept.map(|(_, &point)| point).collect();
    let mut page = PageDetector::new();
    // Midnight is a jump as well, which the first days show.
    let (learned, jump) = (points[900].at, points[3001].at);
    for point in kept {
        let told = page.observe(point.at, point.slot, point.value);
        let score = told.map_or(0.0, |page| page.score);
        let is_quiet = (learned..jump).contains(&point.at);
        assert!(score < 4.0 || !is_quiet, "{score} at {}", point.at);
        if point.at == jump {
            assert!(score > 8.0, "{score}");
            assert_ne!(told.unwrap().reason, Residual::Level);
        }
    }
}

#[test]
fn a_value_that_is_no_number_changes_nothing() {
    let mut all = All::new();
    for point in series(4, 300, 1_000) {
        all.observe(point);
    }
    let before = (all.page.encode(), all.novelty.encode());
    let last = series(4, 300, 1_001)[1_000];
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(all.page.observe(last.at, last.slot, value), None);
        assert_eq!(all.novelty.observe(last.slot, value).to_bits(), 0);
    }
    assert_eq!((all.page.encode(), all.novelty.encode()), before);
}

#[test]
fn a_constant_series_is_silent_until_it_changes() {
    for constant in [0.0, 45.0, -1e9] {
        let mut all = All::new();
        let mut points = series(5, 300, 3_000);
        let last = points.pop().unwrap();
        for point in points {
            let page = all.page.observe(point.at, point.slot, constant);
            assert!(page.is_none_or(|page| page.score.to_bits() == 0), "{page:?}");
            assert_eq!(all.novelty.observe(point.slot, constant).to_bits(), 0);
        }
        let page = all.page.observe(last.at, last.slot, constant + 1.0).unwrap();
        assert!(page.on(Side::Up) > page.on(Side::Down), "{page:?}");
        assert!(page.score > 8.0 && page.is_record, "{page:?}");
    }
}

/// Six weeks of five-minute ticks of a share; then a day of another.
fn observe_ratio(trials: u32, found: [u32; 2]) -> Vec<Finding> {
    let (mut ratio, calendar) = (SeasonalDetector::new(Family::Ratio), Calendar::utc());
    let ticks = (START..START + 6 * WEEK + 86_400).step_by(300);
    let findings = ticks.map(|second| {
        let at = Timestamp::from_second(second).unwrap();
        let found = if second < START + 6 * WEEK { found[0] } else { found[1] };
        ratio.observe(at, calendar.slot(at), found, trials)
    });
    findings.collect()
}

#[test]
fn a_ratio_that_doubles_is_an_alarm_in_its_direction_only() {
    let findings = observe_ratio(20, [4, 8]);
    let Some(Finding::Scored(last)) = findings.last() else { panic!("{:?}", findings.last()) };
    assert!(last.is_alarm(Side::Up, 0.001) && last.is_alarm(Side::Both, 0.001), "{last:?}");
    assert!(!last.is_alarm(Side::Down, 1.0), "{last:?}");
    let Finding::Scored(before) = findings[6 * 2016 - 1] else { panic!("a week is enough") };
    assert!(!before.is_alarm(Side::Both, 1.0), "{before:?}");
    assert!((before.expected - 0.2).abs() < 0.01, "{before:?}");
}

#[test]
fn a_short_history_and_few_trials_are_not_enough_data_and_never_fine() {
    let findings = observe_ratio(20, [4, 4]);
    assert!(matches!(findings[2015], Finding::NotEnoughData { .. }));
    assert!(matches!(findings[2016], Finding::Scored(_)));
    let silent = observe_ratio(0, [0, 0]);
    assert!(silent.iter().all(|one| matches!(one, Finding::NotEnoughData { .. })));
}

#[test]
fn a_burst_of_what_happens_rarely_is_an_alarm() {
    let (mut count, calendar) = (SeasonalDetector::new(Family::Count), Calendar::utc());
    let mut last = None;
    for hour in 0..1_000 {
        let at = Timestamp::from_second(START + 3600 * hour).unwrap();
        let found = if hour == 999 { 6 } else { u32::from(hour % 50 == 0) };
        last = Some(count.observe(at, calendar.slot(at), found, 60));
    }
    let Some(Finding::Scored(score)) = last else { panic!("{last:?}") };
    assert!(score.is_alarm(Side::Up, 0.01), "{score:?}");
}
