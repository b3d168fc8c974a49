//! The contact centre in motion: conversations come, wait at desks, are served or give up, while
//! shifts change. The discrete-event simulation that decides what a conversation's own dice do not.
//!
//! The floor is opened a day before the scenario begins and closed when the scenario's last
//! conversation is over, so that its first customers meet queues that are neither empty nor fresh,
//! and its last ones compete with those who come after. Only the scenario's own conversations are
//! told.

use std::{collections::HashMap, sync::Arc};

use serde_json::json;

use super::{
    agenda::Agenda,
    arrivals::{self, Arrival},
    calendar::half_hour_of_week,
    centre::QUEUES,
    chance::Chance,
    conversation::{self, Next},
    desk::{Seat, Ticket},
    event::{DAY, HOUR, SimulatedEvent, millis_after},
    human_leg,
    incident::Incident,
    ledger::{Ledger, Period},
    life::Life,
    post::Post,
    pulse,
    world::World,
};

/// How long the floor is open before the scenario begins. Follow-ups come within a day.
const WARM_UP: i64 = DAY;

/// Something that is due.
enum Due {
    /// A clock hour begins.
    Hour,
    /// Somebody writes or calls.
    Comes(Box<(Arrival, Chance)>),
    /// A conversation enters this queue.
    Enters(Box<Life>, usize),
    /// Somebody who waits at this post gives up.
    GivesUp { post: usize, ticket: u64 },
    /// An agent's contact ends, and they have notes to write.
    Parts { post: usize, agent: usize },
    /// An agent has a slot free.
    Frees { post: usize, agent: usize },
    /// Half an hour begins, or an incident changes who is at work.
    Shift,
    /// Sources report.
    Tick,
    /// Sources report what they counted in this time.
    Totals(Period),
}

/// Everybody at work, and everything that is due.
pub(super) struct Floor {
    world: Arc<World>,
    agenda: Agenda<Due>,
    /// Two for each queue: the telephone and writing.
    posts: Vec<Post>,
    waiting: HashMap<u64, Box<Life>>,
    tickets: u64,
    /// Milliseconds since 1970: everything before this has been told.
    now: i64,
    /// Conversations of the scenario that have begun and are not over.
    open: usize,
    ledger: Ledger,
    /// The last report of totals has been made.
    is_reported: bool,
    told: Vec<SimulatedEvent>,
}

impl Floor {
    /// Opens it, a day before the scenario begins.
    pub(super) fn open(world: &Arc<World>) -> Self {
        let now = (world.start - WARM_UP).div_euclid(HOUR) * HOUR;
        let mut agenda = Agenda::new();
        agenda.book(now, Due::Shift);
        agenda.book(now, Due::Tick);
        agenda.book(now, Due::Hour);
        for incident in &world.scenario.incidents {
            let span = [incident.start, incident.end].map(millis_after);
            span.into_iter().filter(|at| *at >= now).for_each(|at| agenda.book(at, Due::Shift));
        }
        let day = Period::first(world);
        agenda.book(day.reported_at(), Due::Totals(day));
        let posts = (0..2 * QUEUES.len()).map(|number| Post::new(world, number)).collect();
        let changes = |incident: &Incident| incident.changes(&world.scenario.zone);
        let told = world.scenario.incidents.iter().flat_map(changes);
        let told = told.filter(|event| world.contains(event.millis())).collect();
        Self {
            world: Arc::clone(world),
            agenda,
            posts,
            waiting: HashMap::new(),
            tickets: 0,
            now,
            open: 0,
            ledger: Ledger::new(world),
            is_reported: false,
            told,
        }
    }

    /// Milliseconds since 1970: everything that happens before this has been told.
    pub(super) fn now(&self) -> i64 {
        self.now
    }

    /// Whether the scenario is over, and all of it told.
    pub(super) fn is_over(&self) -> bool {
        self.now >= self.world.end && self.open == 0 && self.is_reported
    }

    /// Lets the next thing happen; what is known by it, at or after now.
    pub(super) fn step(&mut self) -> std::vec::Drain<'_, SimulatedEvent> {
        if let Some((at, due)) = self.agenda.next() {
            self.now = at;
            self.happen(due);
        }
        self.told.drain(..)
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Hour => {
                for arrival in arrivals::within(&self.world, self.now) {
                    self.agenda.book(arrival.0.at, Due::Comes(Box::new(arrival)));
                }
                self.agenda.book(self.now + HOUR, Due::Hour);
            }
            Due::Comes(arrival) => self.comes(*arrival),
            Due::Enters(life, queue) => self.enters(life, queue),
            Due::GivesUp { post, ticket } => self.gives_up(post, ticket),
            Due::Parts { post, agent } => self.tell_state(post, agent, true),
            Due::Frees { post, agent } => match self.posts[post].desk.release(agent) {
                Some(seat) => self.serves(post, seat),
                None => self.tell_state(post, agent, false),
            },
            Due::Shift => self.change_shift(),
            Due::Tick => self.tick(),
            Due::Totals(period) => {
                self.told.extend(self.ledger.report(period));
                match period.next(&self.world) {
                    Some(next) => self.agenda.book(next.reported_at(), Due::Totals(next)),
                    None => self.is_reported = true,
                }
            }
        }
    }

    fn comes(&mut self, (arrival, chance): (Arrival, Chance)) {
        self.open += usize::from(self.world.contains(arrival.at));
        let mut life = Box::new(Life::begin(&self.world, arrival, chance));
        let next = conversation::begin(&mut life);
        self.goes_on(life, next);
    }

    fn goes_on(&mut self, mut life: Box<Life>, next: Next) {
        match next {
            Next::Queue(queue) => {
                self.tell(&mut life);
                self.agenda.book(life.now, Due::Enters(life, queue));
            }
            Next::Closes(closing) => {
                let follow_up = conversation::finish(&mut life, &closing);
                self.tell(&mut life);
                self.open -= usize::from(self.world.contains(life.arrival.at));
                if let Some(follow_up) = follow_up {
                    self.agenda.book(follow_up.0.at, Due::Comes(Box::new(follow_up)));
                }
            }
        }
    }

    /// Tells what a conversation has lived through, if it is one of the scenario's.
    fn tell(&mut self, life: &mut Life) {
        let is_own = self.world.contains(life.arrival.at);
        for event in life.take_events().filter(|_| is_own) {
            self.ledger.note(&event);
            self.told.push(event);
        }
    }

    fn enters(&mut self, mut life: Box<Life>, queue: usize) {
        let post = 2 * queue + life.arrival.channel.medium();
        let gives_up = human_leg::enter(&mut life, queue);
        self.tell(&mut life);
        self.tickets += 1;
        let ticket = Ticket { id: self.tickets, since: self.now, pick: life.chance.bits() };
        self.waiting.insert(ticket.id, life);
        match self.posts[post].desk.enter(ticket) {
            Some(seat) => self.serves(post, seat),
            None => self.agenda.book(gives_up, Due::GivesUp { post, ticket: ticket.id }),
        }
    }

    fn gives_up(&mut self, post: usize, ticket: u64) {
        if !self.posts[post].desk.give_up(ticket) {
            return;
        }
        let Some(mut life) = self.waiting.remove(&ticket) else { return };
        life.now = self.now;
        let closing = human_leg::give_up(&mut life, post / 2);
        self.goes_on(life, Next::Closes(closing));
    }

    /// An agent takes a contact.
    fn serves(&mut self, post: usize, Seat { ticket, agent }: Seat) {
        let Some(mut life) = self.waiting.remove(&ticket.id) else { return };
        self.tell_state(post, agent, false);
        life.now = self.now;
        let place = &self.posts[post];
        let (name, pace) = (place.agent(agent), place.pace(agent));
        let leg = human_leg::answer(&mut life, post / 2, &name, place.team(), pace);
        if self.posts[post].desk.slots() == 1 {
            self.agenda.book(leg.parted, Due::Parts { post, agent });
        }
        self.agenda.book(leg.free, Due::Frees { post, agent });
        self.goes_on(life, leg.next);
    }

    fn change_shift(&mut self) {
        let half_hour = half_hour_of_week(self.world.local(self.now));
        for post in 0..self.posts.len() {
            let staff = self.world.staff(QUEUES[post / 2].name, self.now);
            let (changed, seats) = self.posts[post].change_shift(half_hour, staff);
            for agent in changed {
                self.tell_state(post, agent, false);
            }
            for seat in seats {
                self.serves(post, seat);
            }
        }
        if self.now % (HOUR / 2) == 0 {
            self.agenda.book(self.now + HOUR / 2, Due::Shift);
        }
    }

    fn tick(&mut self) {
        if self.world.contains(self.now) {
            self.told.extend(pulse::beat(&self.world, self.now, &self.posts));
        }
        self.agenda.book(self.now + pulse::TICK, Due::Tick);
    }

    /// An agent's state, as it is now.
    fn tell_state(&mut self, post: usize, agent: usize, writes_notes: bool) {
        if !self.world.contains(self.now) {
            return;
        }
        let post = &self.posts[post];
        let busy = post.desk.place(agent).busy;
        let state = if writes_notes { "wrap_up" } else { post.state(agent) };
        let name = post.agent(agent);
        let data = json!({
            "agent": name, "team": post.team(), "queue": post.queue().name, "state": state,
            "slots_total": post.desk.slots(), "slots_busy": busy,
        });
        let id = format!("state-{name}-{:x}-{state}-{busy}", self.now);
        let kind = "cx.agent.state_changed";
        self.told.push(SimulatedEvent::new(self.now, post.source(), kind, "", id, &data));
    }
}
