use proptest::{prelude::*, sample::Index};

use super::*;
use crate::minute::{DAY, MINUTE};

/// 2026-01-05T00:00:00Z
const MIDNIGHT: i64 = 1_767_571_200_000_000_000;

/// A state at so many minutes and seconds after [`MIDNIGHT`].
fn state(minute: i64, second: i64, state: State) -> AgentState {
    AgentState {
        time: MIDNIGHT + minute * MINUTE + second * 1_000_000_000,
        source: "/shop/a".to_owned(),
        id: 1,
        state,
        slots: None,
        dimensions: vec![(Dimension::Agent, "#bo".to_owned())],
    }
}

/// Flows as `<minute after MIDNIGHT> <metric> <change>`, in order.
#[track_caller]
fn check(states: &[AgentState], expected: &[&str]) {
    let mut days = BTreeMap::new();
    let mut sums = Sums::default();
    change(&mut days, states.iter().cloned(), &mut sums);
    let mut flows: Vec<(i64, &str, i128)> = sums
        .iter()
        .map(|(minute, metric, vector, amount)| {
            assert_eq!(sums.text(vector[Dimension::Agent.index()]), "#bo");
            let minute = (minute.start() - MIDNIGHT) / MINUTE;
            (minute, metric.as_str(), amount.sum)
        })
        .collect();
    flows.sort_unstable();
    let flows: Vec<String> = flows
        .iter()
        .map(|(minute, metric, change)| format!("{minute} {metric} {change:+}"))
        .collect();
    assert_eq!(flows, expected);
}

#[test]
fn a_state_stands_until_the_agents_next() {
    check(
        &[
            state(600, 0, State::Available),
            state(605, 30, State::Handling),
            state(615, 59, State::WrapUp),
            state(617, 0, State::Away),
        ],
        &[
            "600 state_available +1",
            "605 state_available -1",
            "605 state_busy +1",
            // Handling and wrapping up are one level, which goes on.
            "617 state_busy -1",
        ],
    );
}

#[test]
fn a_state_stands_across_midnight() {
    // 23:50 to 00:20.
    check(
        &[state(1430, 0, State::Handling), state(1460, 0, State::Offline)],
        &["1430 state_busy +1", "1460 state_busy -1"],
    );
}

#[test]
fn a_state_that_nothing_follows_ends_after_12_hours() {
    check(&[state(60, 59, State::Available)], &["60 state_available +1", "780 state_available -1"]);
    // The next day's first state comes too late to end it.
    check(
        &[state(1000, 0, State::Available), state(2000, 0, State::Handling)],
        &[
            "1000 state_available +1",
            "1720 state_available -1",
            "2000 state_busy +1",
            "2720 state_busy -1",
        ],
    );
}

#[test]
fn of_two_states_in_one_minute_the_later_stands() {
    let expected = ["600 state_busy +1", "610 state_busy -1"];
    let end = state(610, 0, State::Offline);
    let (early, late) = (state(600, 5, State::Available), state(600, 50, State::Handling));
    check(&[early.clone(), late.clone(), end.clone()], &expected);
    check(&[late, early, end.clone()], &expected);
    // At one time the greater source, then the greater id.
    let (one, mut other) = (state(600, 0, State::Available), state(600, 0, State::Handling));
    other.source = "/shop/b".to_owned();
    check(&[other, one.clone(), end.clone()], &expected);
    let mut other = state(600, 0, State::Handling);
    other.id = 2;
    check(&[other, one, end], &expected);
}

#[test]
fn a_late_state_between_two_cuts_the_first_short() {
    let mut days = BTreeMap::new();
    let mut sums = Sums::default();
    let (first, last) = (state(600, 0, State::Available), state(660, 0, State::Offline));
    change(&mut days, [first.clone(), last.clone()], &mut sums);
    let late = state(630, 0, State::Handling);
    let changed = change(&mut days, [late.clone()], &mut sums);
    assert_eq!((changed.days.len(), changed.depends_on.len()), (1, 0));
    let mut expected = Sums::default();
    change(&mut BTreeMap::new(), [first, late, last], &mut expected);
    assert_eq!(sums.encode(), expected.encode());
}

#[test]
fn slots_stand_as_long_as_their_state() {
    let mut told = state(600, 0, State::Handling);
    told.slots = Some(Slots { total: 3, busy: 2 });
    let mut next = state(620, 0, State::Handling);
    next.slots = Some(Slots { total: 3, busy: 1 });
    check(
        &[told, next, state(640, 0, State::Away)],
        &[
            "600 state_busy +1",
            "600 state_slots_busy +2",
            "600 state_slots_total +3",
            "620 state_slots_busy -1",
            "640 state_busy -1",
            "640 state_slots_busy -1",
            "640 state_slots_total -3",
        ],
    );
}

#[test]
fn a_change_depends_on_the_days_beside_it_only_where_it_reaches_them() {
    let mut days = BTreeMap::new();
    let mut put = |minute| {
        let changed = change(&mut days, [state(minute, 0, State::Handling)], &mut Sums::default());
        let shift = |day: &Day| day.0 - Day::of(MIDNIGHT).0;
        changed.depends_on.iter().map(shift).collect::<Vec<_>>()
    };
    assert_eq!(put(720), Vec::<i32>::new()); // Noon: it ends at midnight at the latest.
    assert_eq!(put(719), [-1]); // The day before may reach so far.
    assert_eq!(put(1439), [1]);
    assert_eq!(put(1000), Vec::<i32>::new()); // Between two of the same day.
    assert_eq!(put(1000), Vec::<i32>::new()); // Known already.
}

/// States of one agent over three days, many of them in the same minutes.
fn states() -> impl Strategy<Value = Vec<AgentState>> {
    let one = (0_i64..36, 0_i64..3, 0_usize..5, 0_u64..2, any::<bool>(), 0_u32..3);
    let one = one.prop_map(|(slot, second, kind, id, named, busy)| {
        // 36 minutes spread over three days, in clusters around the days' edges.
        let minute = [0, 1, 400, 719, 720, 721, 1000, 1300, 1438, 1439, 1440, 1500]
            [usize::try_from(slot % 12).unwrap()]
            + (slot / 12) * 1440;
        let mut state = state(minute, second, State::WORDS[kind].1);
        state.id = id;
        state.slots = (busy > 0).then_some(Slots { total: 2, busy });
        if named {
            state.dimensions.push((Dimension::Queue, "billing".to_owned()));
        }
        state
    });
    prop::collection::vec(one, 1..24)
}

/// Stored days, read and written as the store does.
#[derive(Default)]
struct Stored(BTreeMap<Day, Vec<u8>>);

impl Stored {
    fn read(&self, days: &BTreeSet<Day>) -> BTreeMap<Day, AgentDay> {
        let read = |day: &Day| {
            let bytes = self.0.get(day);
            (*day, bytes.map_or_else(AgentDay::default, |bytes| AgentDay::decode(bytes).unwrap()))
        };
        days.iter().map(read).collect()
    }

    fn write(&mut self, batch: &[AgentState], sums: &mut Sums) {
        let wanted = days_around(batch.iter().map(|state| Day::of(state.time)));
        let mut days = self.read(&wanted);
        for day in change(&mut days, batch.iter().cloned(), sums).days {
            self.0.insert(day, days[&day].encode());
        }
    }
}

proptest! {
    #[test]
    fn any_delivery_of_the_same_states_adds_up_to_the_same(
        states in states(),
        order in any::<prop::sample::Selector>(),
        again in prop::collection::vec(any::<Index>(), 0..12),
        size in 1_usize..8,
    ) {
        let mut expected = Sums::default();
        change(&mut BTreeMap::new(), states.iter().cloned(), &mut expected);

        let mut left = states.clone();
        left.extend(again.iter().map(|index| states[index.index(states.len())].clone()));
        let mut delivered = Vec::new();
        while !left.is_empty() {
            let at = order.select(0..left.len());
            delivered.push(left.swap_remove(at));
        }
        let (mut stored, mut sums) = (Stored::default(), Sums::default());
        for batch in delivered.chunks(size) {
            stored.write(batch, &mut sums);
        }
        prop_assert_eq!(sums.encode(), expected.encode());

        // And what is stored says it again, from scratch.
        let days: BTreeSet<Day> = stored.0.keys().copied().collect();
        let mut recomputed = Sums::default();
        contribute(stored.read(&days).values(), &mut recomputed, 1);
        prop_assert_eq!(recomputed.encode(), expected.encode());
    }

    #[test]
    fn what_a_change_does_not_depend_on_does_not_change_it(
        stored in states(),
        arrived in states(),
        others in states(),
    ) {
        let mut days = BTreeMap::new();
        change(&mut days, stored, &mut Sums::default());
        for day in days_around(arrived.iter().map(|state| Day::of(state.time))) {
            days.entry(day).or_default();
        }
        let mut delta = Sums::default();
        let mut read = days.clone();
        let Changed { days: changed, depends_on } = change(&mut read, arrived.clone(), &mut delta);

        // Meanwhile somebody else wrote days that the change is not conditioned on.
        for other in others {
            let day = Day::of(other.time);
            if !changed.contains(&day) && !depends_on.contains(&day) {
                days.entry(day).or_default().insert(other);
            }
        }
        let mut anew = Sums::default();
        change(&mut days, arrived, &mut anew);
        prop_assert_eq!(delta.encode(), anew.encode());
    }

    #[test]
    fn a_state_ends_within_12_hours_and_leaves_nothing(states in states()) {
        let mut sums = Sums::default();
        change(&mut BTreeMap::new(), states, &mut sums);
        let mut levels: BTreeMap<(Metric, Vec<String>), i128> = BTreeMap::new();
        for (_, metric, vector, amount) in sums.iter() {
            let values = vector.iter().map(|symbol| sums.text(*symbol).to_owned()).collect();
            *levels.entry((metric, values)).or_default() += amount.sum;
        }
        prop_assert!(levels.values().all(|level| *level == 0));
        let within = |at: Minute| at.start() <= MIDNIGHT + 5 * DAY;
        prop_assert!(sums.range().is_none_or(|(_, last)| within(last)));
    }
}
