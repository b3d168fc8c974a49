-- Agents' states: one a minute, the latest by (time, source, id); it stands until the next, at most
-- 12 hours. Cut at now: nothing is known of later minutes.

create table state as
with latest as (
    select data ->> 'agent' as agent, minute(ts) as minute, data ->> 'queue' as queue, data ->> 'team' as team,
        data ->> 'state' as state, cast(data ->> 'slots_total' as bigint) as slots_total,
        cast(data ->> 'slots_busy' as bigint) as slots_busy
    from stored where type = 'agent.state_changed'
    qualify row_number() over (partition by data ->> 'agent', minute(ts) order by ts desc, source desc, id desc) = 1
)
select *, least(lead(minute, 1, minute + 720) over (partition by agent order by minute), minute + 720,
    (select minute(ts) + 1 from newest)) as until
from latest;

create table agent_gauge as
select h.minute, s.queue, s.agent, s.team, (s.state = 'available')::int as available,
    (s.state in ('handling', 'wrap_up'))::int as busy
from hour_end h join state s on s.minute <= h.minute and s.until > h.minute;

-- What queues report stands until they report again.
create table reported as
select h.minute, q.queue, o.available, o.busy
from hour_end h cross join (select distinct queue from observed) q
asof join observed o on o.queue = q.queue and o.minute <= h.minute;

create view time_spent as
select queue, agent, team, (until - minute) * 60 * (state in ('handling', 'wrap_up'))::int as busy,
    (until - minute) * 60 * (state in ('handling', 'wrap_up', 'available'))::int as ready,
    (until - minute) * slots_total as slots_total, (until - minute) * slots_busy as slots_busy
from state where until > minute;
