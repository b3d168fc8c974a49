//! Who works when: shifts of eight hours with a break, planned so that each half hour of the week
//! has the staff it needs.

/// Half hours of a week, from Monday 00:00 local time.
pub(super) const SLOTS: usize = 336;

/// Half hours of a shift.
const SHIFT: usize = 16;
/// Half hours from the end of a shift to the next one's beginning, at least.
const REST: usize = 22;
/// Shifts of an agent in a week, at most.
const SHIFTS_A_WEEK: usize = 5;
/// The half hour of the shift that is a break; the second and third to come have theirs later.
const BREAK: usize = 7;

/// One agent's turn.
#[derive(Clone, Copy, Debug)]
struct Shift {
    start: usize,
    agent: usize,
    rest: usize,
}

impl Shift {
    fn covers(self, slot: usize) -> bool {
        (self.start..self.start + SHIFT).contains(&slot)
    }

    fn works(self, slot: usize) -> bool {
        self.covers(slot) && slot != self.rest
    }
}

/// A week's plan for one desk.
#[derive(Clone, Debug)]
pub(super) struct Roster {
    /// Agents at work, by half hour.
    working: Vec<Vec<usize>>,
    /// Agents on a break, by half hour.
    resting: Vec<Vec<usize>>,
    agents: usize,
}

impl Roster {
    /// Plans a week. The crew of Sunday night is relieved at its end.
    pub(super) fn plan(required: impl Fn(usize) -> usize) -> Self {
        let mut shifts: Vec<Shift> = Vec::new();
        // For each agent, the first half hour at which they may start again, and shifts so far.
        let mut crew: Vec<(usize, usize)> = Vec::new();
        for slot in 0..SLOTS {
            let at_work = shifts.iter().filter(|shift| shift.works(slot)).count();
            for _ in at_work..required(slot).max(1) {
                let agent = next_rested(&mut crew, slot);
                let rest = slot + BREAK + shifts.len() % 3;
                shifts.push(Shift { start: slot, agent, rest });
            }
        }
        let agents_where = |holds: &dyn Fn(&Shift, usize) -> bool| {
            let at = |slot| shifts.iter().filter(move |shift| holds(shift, slot));
            (0..SLOTS).map(|slot| at(slot).map(|shift| shift.agent).collect()).collect()
        };
        Self {
            working: agents_where(&|shift, slot| shift.works(slot)),
            resting: agents_where(&|shift, slot| shift.covers(slot) && shift.rest == slot),
            agents: crew.len(),
        }
    }

    /// How many people it takes.
    pub(super) fn agents(&self) -> usize {
        self.agents
    }

    /// Those at work in this half hour of the week.
    pub(super) fn working(&self, slot: usize) -> &[usize] {
        &self.working[slot % SLOTS]
    }

    /// Those on a break in it.
    pub(super) fn resting(&self, slot: usize) -> &[usize] {
        &self.resting[slot % SLOTS]
    }
}

/// The agent whose rest ended first; a new one where nobody is rested.
fn next_rested(crew: &mut Vec<(usize, usize)>, slot: usize) -> usize {
    let may = |(from, shifts): &(usize, usize)| *from <= slot && *shifts < SHIFTS_A_WEEK;
    let rested = crew.iter().enumerate().filter(|(_, agent)| may(agent));
    let agent = rested.min_by_key(|(_, (from, _))| *from).map(|(agent, _)| agent);
    let agent = agent.unwrap_or_else(|| {
        crew.push((0, 0));
        crew.len() - 1
    });
    crew[agent] = (slot + SHIFT + REST, crew[agent].1 + 1);
    agent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_hour_has_the_staff_it_needs_and_nobody_works_twice_at_once() {
        let required = |slot: usize| 2 + slot % 48 / 12;
        let roster = Roster::plan(required);
        for slot in 0..SLOTS {
            let mut working = roster.working(slot).to_vec();
            assert!(working.len() >= required(slot), "slot {slot}: {working:?}");
            working.extend(roster.resting(slot));
            let people = working.len();
            working.sort_unstable();
            working.dedup();
            assert_eq!(working.len(), people, "slot {slot}: {working:?}");
        }
        let shifts = (0..SLOTS).map(|slot| roster.working(slot).len()).sum::<usize>();
        assert!(shifts <= roster.agents() * SHIFTS_A_WEEK * SHIFT);
    }
}
