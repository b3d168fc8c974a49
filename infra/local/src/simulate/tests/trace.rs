//! The queue engine by itself: contacts with given arrivals, service times and patience, served by
//! a staff that changes at given times.

use crate::simulate::{
    agenda::Agenda,
    desk::{Desk, Seat, Ticket},
};

/// Somebody who wants to be served; milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub(super) at: i64,
    pub(super) service: i64,
    pub(super) patience: i64,
}

/// What became of a contact; milliseconds of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered(i64),
    Abandoned(i64),
}

enum Due {
    Staff(usize),
    Frees(usize),
    Comes(usize),
    GivesUp(usize),
}

/// Serves them all; `staff` holds (time, agents from then on).
pub(super) fn serve(contacts: &[Contact], staff: &[(i64, usize)]) -> Vec<Outcome> {
    let mut agenda = Agenda::new();
    for (at, agents) in staff {
        agenda.book(*at, Due::Staff(*agents));
    }
    for (number, contact) in contacts.iter().enumerate() {
        agenda.book(contact.at, Due::Comes(number));
    }
    let most = staff.iter().map(|(_, agents)| *agents).max().unwrap_or_default();
    let mut desk = Desk::new(most, 1);
    let mut outcomes = vec![None; contacts.len()];
    while let Some((now, due)) = agenda.next() {
        let seats = match due {
            Due::Staff(agents) => desk.staff(|agent| agent < agents),
            Due::Frees(agent) => desk.release(agent).into_iter().collect(),
            Due::Comes(number) => {
                let ticket = Ticket { id: number as u64, since: now, pick: number as u64 };
                agenda.book(now + contacts[number].patience, Due::GivesUp(number));
                desk.enter(ticket).into_iter().collect()
            }
            Due::GivesUp(number) => {
                if desk.give_up(number as u64) {
                    outcomes[number] = Some(Outcome::Abandoned(now - contacts[number].at));
                }
                Vec::new()
            }
        };
        for Seat { ticket, agent } in seats {
            let number = usize::try_from(ticket.id).unwrap();
            outcomes[number] = Some(Outcome::Answered(now - ticket.since));
            agenda.book(now + contacts[number].service, Due::Frees(agent));
        }
    }
    outcomes.into_iter().map(|outcome| outcome.expect("patience ends")).collect()
}

#[track_caller]
fn check(contacts: &[(i64, i64, i64)], staff: &[(i64, usize)], expected: &[Outcome]) {
    let contact = |(at, service, patience): &(i64, i64, i64)| Contact {
        at: *at,
        service: *service,
        patience: *patience,
    };
    let contacts: Vec<Contact> = contacts.iter().map(contact).collect();
    assert_eq!(serve(&contacts, staff), expected);
}

#[test]
fn contacts_are_served_in_the_order_of_their_coming() {
    use Outcome::{Abandoned, Answered};
    check(&[(0, 10, 99), (1, 10, 99)], &[(0, 2)], &[Answered(0), Answered(0)]);
    check(
        &[(0, 10, 99), (1, 10, 99), (2, 1, 99)],
        &[(0, 1)],
        &[Answered(0), Answered(9), Answered(18)],
    );
    check(
        &[(0, 10, 99), (1, 10, 5), (2, 1, 99)],
        &[(0, 1)],
        &[Answered(0), Abandoned(5), Answered(8)],
    );
    check(&[(5, 1, 20)], &[(0, 0), (9, 1)], &[Answered(4)]);
    check(&[(5, 1, 20)], &[(0, 0)], &[Abandoned(20)]);
    // Who goes off duty finishes, and takes nobody new.
    check(&[(0, 10, 99), (1, 1, 30)], &[(0, 1), (5, 0)], &[Answered(0), Abandoned(30)]);
}

#[test]
fn a_line_of_one_agent_waits_as_queueing_theory_says() {
    use crate::simulate::chance::Chance;
    let mut chance = Chance::new(1, [0, 0, 0]);
    let mut at = 0.0;
    let mut draw = || {
        at += chance.exponential(10_000.0);
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of some years")]
        let contact = Contact {
            at: at as i64,
            service: chance.exponential(7_000.0) as i64,
            patience: i64::MAX / 2,
        };
        contact
    };
    let contacts: Vec<Contact> = (0..200_000).map(|_| draw()).collect();
    let waited = |outcome: &Outcome| match outcome {
        Outcome::Answered(waited) | Outcome::Abandoned(waited) => *waited,
    };
    let outcomes = serve(&contacts, &[(0, 1)]);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    let mean = outcomes.iter().map(waited).sum::<i64>() as f64 / outcomes.len() as f64;
    // M/M/1: load 0.7 / (rate of service − rate of arrival) = 0.7 / (1/7 − 1/10) = 16.3 s.
    super::check_band("mean wait", mean, 15_000.0..17_700.0);
}

#[test]
fn the_fewer_agents_the_more_give_up() {
    use crate::simulate::chance::{Chance, millis};
    let mut chance = Chance::new(2, [0, 0, 0]);
    let mut at = 0;
    let contacts: Vec<Contact> = (0..20_000)
        .map(|_| {
            at += millis(chance.exponential(30.0));
            let service = millis(chance.log_normal(270.0, 0.5));
            Contact { at, service, patience: millis(chance.exponential(170.0)) }
        })
        .collect();
    let abandoned = |agents| {
        let outcomes = serve(&contacts, &[(0, agents)]);
        outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Abandoned(_))).count()
    };
    // The load is about ten agents.
    let by_staff = [14, 12, 10, 8, 6, 0].map(abandoned);
    assert!(by_staff.is_sorted_by(|more, fewer| more < fewer), "{by_staff:?}");
    assert!(by_staff[0] < 500, "{by_staff:?}");
    assert_eq!(by_staff[5], contacts.len());
}
